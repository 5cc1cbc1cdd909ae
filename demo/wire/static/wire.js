// Enhancement only: the wire view works without this file.
// Steps by the keyboard, while the focus is among the buttons of the player.
document.getElementById('player')?.addEventListener('keydown', e => {
  const to = { ArrowLeft: 'back', ArrowRight: 'next', Home: 'first', End: 'last' }[e.key];
  const link = to && !e.altKey && !e.ctrlKey && !e.metaKey && document.getElementById(to);
  if (link) { e.preventDefault(); link.click(); }
});
// New messages: who reads the newest one sees them come, unless the focus is in the page; others are told.
const news = document.getElementById('news'), words = document.getElementById('news-words');
if (news) setInterval(() => document.hidden || fetch(`/wire/news?after=${news.dataset.after}&all=${news.dataset.all}`)
  .then(answer => answer.json()).then(({ count }) => {
    const more = count - news.dataset.count;
    if (more > 0 && news.dataset.last && document.activeElement === document.body) location.reload();
    else if (more > 0) words.textContent = more === 1 ? '1 new message' : `${more} new messages`;
  }).catch(() => {}), 2000);
