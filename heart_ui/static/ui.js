// Enhancement only: every page works without this file.
document.documentElement.classList.add('js');
// One press, one submit; the server also refuses a second one by its form id.
addEventListener('submit', e => {
  const f = e.target;
  if (f.dataset.sent) { e.preventDefault(); return; }
  if (f.method !== 'post' || 'download' in f.dataset) return; // a download leaves the page as it is
  f.dataset.sent = '1';
  f.querySelectorAll('[type=submit]').forEach(b => b.setAttribute('aria-disabled', 'true'));
});
addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach(f => {
  delete f.dataset.sent;
  f.querySelectorAll('[aria-disabled]').forEach(b => b.removeAttribute('aria-disabled'));
}));
document.querySelector('[role=alert][tabindex]')?.focus();
// Characters left, told only near the end.
addEventListener('input', e => {
  const t = e.target, s = t.maxLength > 0 && t.id && document.getElementById(`${t.id}-left`);
  if (s) { const n = t.maxLength - t.value.length; s.textContent = n <= 20 ? s.dataset.left.replace('0', n) : ''; }
});
// A link to hand over is copied with one press; where the browser does not let the page, it is
// selected, ready to be copied by hand.
document.querySelectorAll('[data-copy]').forEach(b => {
  const from = document.getElementById(b.dataset.copy), said = document.getElementById(`${b.dataset.copy}-copied`);
  b.parentElement.hidden = !navigator.clipboard;
  b.addEventListener('click', () => navigator.clipboard.writeText(from.value)
    .then(() => { said.textContent = b.dataset.done; }, () => { from.select(); said.textContent = b.dataset.failed; }));
});
document.querySelectorAll('[data-print]').forEach(b => b.addEventListener('click', () => print()));
// Two minutes before the session ends: a warning, and one press to stay.
const idle = document.getElementById('idle');
if (idle) {
  let timer;
  const start = () => { idle.hidden = true; clearTimeout(timer); timer = setTimeout(() => { idle.hidden = false; }, idle.dataset.after * 1000); };
  idle.querySelector('button').addEventListener('click', () => fetch(idle.dataset.stay, {
    method: 'POST', redirect: 'manual', body: new URLSearchParams({ csrf_token: idle.dataset.token }),
  }).then(r => { if (r.ok) { start(); document.getElementById('main').focus(); } else { location.reload(); } }));
  start();
}
// A page that waits is told of news. It goes there at once, unless the reader is at a button or a link: then it says so.
const waits = document.querySelector('[data-events]');
if (waits) {
  const source = new EventSource(waits.dataset.events), go = () => location.replace(waits.dataset.next);
  source.addEventListener('checked', e => { document.getElementById('checked').textContent = e.data; });
  source.addEventListener('answer', () => {
    source.close();
    if (document.activeElement.matches('body,main')) go(); else waits.firstElementChild.hidden = false;
  });
  // It comes back by itself after a stream's end; what it can not come back to is a page's matter.
  source.addEventListener('error', () => { if (source.readyState === 2) setTimeout(go, 10000); });
}
