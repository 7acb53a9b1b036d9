/// Looks and behavior of a search's page beside those of all pages.
enum SearchPageStyle {
  static let style = """
    :root { --made: #c26a2d; --used: #2f6f9f; --good: #2c6e49; --bad: #9c3d12; }
    @media (prefers-color-scheme: dark) { :root { --made: #e8995c; --used: #6db1e0; --good: #7ccba0; --bad: #f0a27c; } }
    html { scroll-padding-top: 12px; } main { overflow-wrap: anywhere; } table { overflow-wrap: break-word; }
    nav { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13.5px; margin: 0 0 8px; }
    a { color: var(--c0); }
    section { margin: 34px 0 0; }
    section > h2 { font-size: 20px; margin: 0 0 4px; }
    figure { overflow: hidden; min-width: 0; } figure .lead { font-size: 13.5px; margin: 4px 0; }
    h3 { font-size: 14px; font-weight: 600; margin: 14px 0 4px; }
    .lead { color: var(--quiet); margin: 4px 0 12px; max-width: 76ch; overflow-wrap: anywhere; }
    .missing { color: var(--quiet); font-style: italic; margin: 4px 0 12px; overflow-wrap: anywhere; }
    .warning { border-left: 4px solid var(--bad); background: var(--card); padding: 8px 14px; margin: 8px 0 12px; max-width: 100ch;
      overflow-wrap: anywhere; }
    .working { border-left: 4px solid var(--c0); background: var(--card); padding: 8px 14px; margin: 8px 0 12px; max-width: 100ch; }
    .working progress { display: block; width: 100%; margin-top: 6px; accent-color: var(--c0); }
    .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px; }
    .answer .facts { display: grid; margin: 12px 0 10px; grid-template-columns: repeat(2, 1fr); }
    @media (min-width: 700px) { .answer .facts { grid-template-columns: repeat(4, 1fr); } }
    .model { margin: 0 0 8px; font-weight: 600; overflow-wrap: anywhere; }
    .model .unit, th .unit, h2 .unit { font-weight: 400; }
    .scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin: 10px 0 12px; }
    .long { max-height: 80vh; overflow-y: auto; }
    table { border-collapse: separate; border-spacing: 0; font-size: 13.5px; line-height: 1.35; min-width: 100%;
      font-variant-numeric: tabular-nums; }
    th, td { text-align: left; vertical-align: top; padding: 7px 12px; border-bottom: 1px solid var(--line); min-width: 5.5em; }
    thead th { position: sticky; top: 0; z-index: 2; background: var(--card); color: var(--quiet); font-weight: 600;
      vertical-align: bottom; }
    tbody th { position: sticky; left: 0; z-index: 1; background: var(--card); font-weight: 400; min-width: 5.5em; max-width: 44vw; }
    tbody th:not(.n) { min-width: 7.5em; }
    tbody tr:last-child > * { border-bottom: 0; }
    .n { text-align: right; white-space: nowrap; }
    td:not(.n) { min-width: 9em; overflow-wrap: anywhere; } td.wide { min-width: 12em; } td.wide:last-child { min-width: 14em; }
    td.wide:nth-child(2) { min-width: 22em; }
    @media (max-width: 760px) { td.wide:nth-child(2) { min-width: 26em; } }
    td .unit[title] { cursor: help; }
    @media (max-width: 620px) {
      table.cards, table.cards tbody { display: block; min-width: 0; }
      table.cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
      table.cards tr { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 6px 12px; padding: 10px 12px;
        border-bottom: 1px solid var(--line); }
      table.cards tr > * { display: block; position: static; border: 0; padding: 0; min-width: 0; max-width: none; text-align: left;
        white-space: normal; overflow-wrap: anywhere; }
      table.cards tr > td.wide { grid-column: 2 / -1; min-width: 0; }
      table.cards td.n::before { content: attr(data-label); display: block; color: var(--quiet); font-size: 12px; }
    }
    table.folded tr.rest { display: none; }
    .all { font: inherit; font-size: 13.5px; padding: 5px 14px; margin: 0 0 12px; cursor: pointer; color: var(--c0); background: none;
      border: 1px solid var(--line); border-radius: 8px; }
    .sorted thead button { all: unset; cursor: pointer; } .sorted thead button:focus-visible { outline: 2px solid var(--c0); }
    th[aria-sort=ascending] button::after { content: " ↑"; } th[aria-sort=descending] button::after { content: " ↓"; }
    tr.aside > * { color: var(--quiet); }
    tr:target > *, tr.lit > * { background: var(--grid); }
    .chosen { color: var(--made); } .keeps { color: var(--good); } .loses { color: var(--bad); font-weight: 600; }
    .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    .settings { display: grid; grid-template-columns: minmax(8em, 14em) minmax(0, 1fr); gap: 4px 18px; margin: 8px 0 12px;
      font-size: 14px; }
    .settings dt { color: var(--quiet); overflow-wrap: anywhere; } .settings dd { margin: 0; overflow-wrap: anywhere; }
    @media (max-width: 520px) { .settings { grid-template-columns: 1fr; gap: 0; } .settings dd { margin: 0 0 7px; } }
    svg.plot text { font-size: 13px; } svg.plot.wide text { font-size: 11px; } svg.plot.mini text { font-size: 12px; }
    svg.plot text.name { fill: var(--ink); } svg.plot text.letter { fill: var(--ink); font-weight: 600; }
    @media (max-width: 620px) { svg.plot text, svg.plot.wide text { font-size: 17px; } svg.plot.mini text { font-size: 13px; }
      svg.plot.wide text.letter { display: none; } }
    .dot { fill: var(--quiet); opacity: .32; }
    svg .stairs { stroke: var(--quiet); stroke-width: 1.2; }
    .error { stroke: var(--quiet); stroke-width: 1.1; opacity: .75; }
    .error.wide { opacity: .38; }
    .fitted { fill: var(--c0); } .band { fill: var(--c0); opacity: .16; } svg .band { fill: var(--c0); }
    .effect { stroke: var(--c0); }
    .spot circle, .star { stroke: var(--ink); stroke-width: 1.1; } .many .spot circle { stroke-width: .4; } .spot .reach { fill: transparent; stroke: none; }
    .sample { fill: #21918c; } svg .sample { fill: #21918c; stroke: var(--ink); }
    svg .dense { fill: var(--card); stroke: var(--ink); stroke-width: 2; }
    .spot:focus { outline: none; } .spot:focus-visible .reach, .spot.lit .reach { stroke: var(--ink); stroke-width: 2; }
    .front { display: grid; grid-template-columns: minmax(0, 1fr); gap: 6px 22px; }
    @media (min-width: 960px) { .front { grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); } }
    .switch { min-width: 0; } .switch > input { margin: 0 5px 0 0; accent-color: var(--c0); }
    .switch > label { margin-right: 18px; font-size: 14px; padding: 6px 0; cursor: pointer; }
    .panels { margin-top: 8px; } .panel { display: none; }
    #across-carbon:checked ~ .panels .panel-carbon, #across-latency:checked ~ .panels .panel-latency,
    #across-energy:checked ~ .panels .panel-energy { display: block; }
    .note { font-size: 13.5px; white-space: pre-line; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; align-self: start; }
    .note:empty { display: none; }
    .ramp { display: flex; gap: 10px; align-items: baseline; font-size: 12.5px; color: var(--quiet); margin: 8px 0 4px; }
    .ramp b { font-weight: 400; white-space: nowrap; } .ramp div { flex: 1; max-width: 320px; }
    .ramp i { display: block; height: 9px; border-radius: 3px;
      background: linear-gradient(90deg, #440154, #3b528b, #21918c, #5ec962, #fde725); }
    .ramp i.flat { background: #440154; } .ramp p { display: flex; justify-content: space-between; margin: 1px 0 0; }
    svg.glyph { display: inline-block; width: 20px; height: 16px; vertical-align: -3px; margin-right: 5px; }
    .small { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 255px), 1fr)); gap: 14px; }
    .mini h3 { margin: 0; } .mini .unit { margin: 0 0 2px; }
    .bars { list-style: none; margin: 8px 0 0; padding: 0; font-size: 13.5px; font-variant-numeric: tabular-nums; }
    .bars li { display: grid; grid-template-columns: 3.6em minmax(0, 1fr) max-content; gap: 0 10px; align-items: center; padding: 2px 0; }
    @media (max-width: 520px) { .bars li { grid-template-columns: 3.2em minmax(0, 1fr); } .bars .what { grid-column: 2; } }
    .track { display: flex; height: 14px; } .track i { display: block; height: 100%; }
    .made { background: var(--made) !important; } .used { background: var(--used) !important; }
    .legend i.made, .legend i.used { width: 14px; height: 11px; vertical-align: -1px; }
    .range { position: relative; min-width: 200px; margin-top: 4px; background: var(--grid); border-radius: 3px; }
    .range i { position: absolute; background: var(--c0); border-radius: 3px; min-width: 2px; }
    .range b { position: absolute; top: -4px; bottom: -4px; width: 2px; margin-left: -1px; background: var(--ink); }
    .charts > .missing { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px; margin: 0; }
    @media print { .all { display: none; } table.folded tr.rest { display: table-row; } }
    @media print { .scroll { max-height: none; overflow: visible; } figure, .card, tr { break-inside: avoid; } }

    """

  /// Shows a design's figures beside the drawing, and marks it in drawing and table; the page is whole without it.
  static let script = """
    {
      const note = document.getElementById('note'), marks = [...document.querySelectorAll('.spot')];
      const light = design => {
        for (const one of document.querySelectorAll('[data-design]')) {
          one.classList.toggle('lit', design !== undefined && one.dataset.design === design);
        }
      };
      const text = mark => mark.querySelector('title').textContent;
      const show = mark => { note.textContent = text(mark); light(mark.dataset.design); };
      for (const mark of marks) {
        mark.addEventListener('pointerenter', () => show(mark));
        mark.addEventListener('focus', () => show(mark));
        mark.addEventListener('click', event => {
          show(mark);
          if (event.pointerType === 'touch') event.preventDefault();
        });
      }
      for (const row of document.querySelectorAll('tr[data-design]')) {
        row.addEventListener('pointerenter', () => light(row.dataset.design));
        row.addEventListener('pointerleave', () => light());
      }
      for (const table of document.querySelectorAll('table.sorted')) {
        const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
        heads.forEach((head, column) => {
          const button = document.createElement('button');
          button.append(...head.childNodes);
          head.append(button);
          button.addEventListener('click', () => {
            const turn = head.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
            const number = row => row.cells[column].dataset.key;
            const isNumbers = [...body.rows].some(row => number(row) !== undefined);
            const compare = (a, b) => {
              if (!isNumbers) return turn * a.cells[column].textContent.localeCompare(b.cells[column].textContent);
              const x = number(a), y = number(b);
              // What has no figure stands last either way.
              if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
              return turn * (x - y);
            };
            body.append(...[...body.rows].sort(compare));
            heads.forEach(other => other.removeAttribute('aria-sort'));
            head.setAttribute('aria-sort', turn > 0 ? 'ascending' : 'descending');
          });
        });
      }
      for (const table of document.querySelectorAll('table[data-fold]')) {
        const body = table.tBodies[0], count = Number(table.dataset.fold), all = document.createElement('button');
        const fold = isFolded => {
          // The recommended design is shown, wherever it stands.
          [...body.rows].forEach((row, place) => row.classList.toggle('rest', place >= count && !row.querySelector('.chosen')));
          table.classList.toggle('folded', isFolded);
          all.textContent = isFolded ? `show all ${body.rows.length}` : 'show fewer';
        };
        all.className = 'all';
        all.addEventListener('click', () => fold(!table.classList.contains('folded')));
        table.parentElement.after(all);
        table.tHead.addEventListener('click', () => fold(table.classList.contains('folded')));
        const reveal = () => { if (body.querySelector('tr.rest:target')) fold(false); };
        addEventListener('hashchange', reveal);
        fold(true);
        reveal();
      }
      const first = marks.find(mark => mark.querySelector('.star')) || marks[0];
      if (first && note) note.textContent = text(first);
    }
    """
}
