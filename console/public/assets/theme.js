// Before the first paint: the theme that this browser's user chose, else the system's.
try {
  const chosen = localStorage.getItem('slipway.theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
} catch { /* storage is closed: the system's */ }
