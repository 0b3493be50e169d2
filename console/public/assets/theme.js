// Before the first paint: the theme that this browser's user chose, else the system's.
try {
  const t = localStorage.getItem('slipway.theme')
  if (t) document.documentElement.dataset.theme = t
} catch {}
