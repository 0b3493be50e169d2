// The gRPC face. It is loaded where a port is asked for: its libraries would slow down every other start.
export { openGrpcServer, type GrpcServer } from './server.ts'
