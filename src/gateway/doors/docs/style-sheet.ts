/** Looks of the documentation; of the system's own fonts, light or dark as the reader has it. */
export const styleSheet = `:root {
  color-scheme: light dark;
  --line: light-dark(#d8dde3, #39424d);
  --soft: light-dark(#f4f6f8, #1c232b);
  --dim: light-dark(#55606c, #9aa7b4);
  --link: light-dark(#0b57a4, #7db7f2);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto;
  max-width: 80rem;
  padding: 0 1.5rem 4rem;
  display: grid;
  grid-template-columns: 19rem minmax(0, 1fr);
  gap: 0 2.5rem;
  font: 1rem/1.55 system-ui, sans-serif;
  color: light-dark(#1b2229, #dde4eb);
  background: light-dark(#fff, #12171c);
}
header { grid-column: 1 / -1; border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; }
header p { color: var(--dim); margin-top: -0.5rem; }
h1 { font-size: 1.7rem; }
h2 { margin: 2.5rem 0 0.5rem; border-bottom: 1px solid var(--line); }
main > h2:first-child, main > section:first-child > h2 { margin-top: 0; }
h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
h4 { margin: 1.2rem 0 0.3rem; font-size: 0.9rem; color: var(--dim); }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
nav {
  position: sticky;
  top: 0;
  align-self: start;
  max-height: 100vh;
  overflow: auto;
  padding-bottom: 2rem;
  font-size: 0.85rem;
}
nav h2 { margin: 1rem 0 0.2rem; border: 0; font-size: 0.9rem; }
nav h2:first-child { margin-top: 0; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li { padding: 0.1rem 0; overflow-wrap: anywhere; }
article {
  border: 1px solid var(--line);
  border-radius: 0.5rem;
  padding: 1rem 1.25rem;
  margin: 1rem 0;
  scroll-margin-top: 1rem;
}
article:target { border-color: var(--link); }
code, pre { font: 0.875em/1.5 ui-monospace, monospace; }
pre, :not(pre, h3, td, th, summary) > code { background: var(--soft); border-radius: 0.25rem; }
pre { padding: 0.7rem 0.9rem; overflow-x: auto; }
:not(pre) > code { padding: 0.05em 0.25em; }
.method { font-weight: 700; text-transform: uppercase; padding: 0.15em 0.5em; margin-right: 0.3em; }
.get { background: light-dark(#dcebfb, #17395c) !important; }
.post, .put { background: light-dark(#dcf3e2, #174a29) !important; }
.delete { background: light-dark(#fbe0de, #5a211d) !important; }
table { width: 100%; border-collapse: collapse; font-size: 0.9rem; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.7rem 0.3rem 0; }
th { font-weight: 600; color: var(--dim); }
tr + tr td, thead + tbody td { border-top: 1px solid var(--line); }
td:first-child { width: 11rem; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--link); font-size: 0.9rem; }
dl { margin: 0.3rem 0 0.3rem 0.8rem; font-size: 0.9rem; }
dd { margin: 0 0 0.3rem 1.5rem; }
.type { color: var(--dim); font-size: 0.85rem; }
@media (max-width: 60rem) {
  body { display: block; padding: 0 1rem 3rem; }
  nav { position: static; max-height: none; }
}
`
