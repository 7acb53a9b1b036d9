// Searches all pages in the reader's browser. The index is a script, so that it also loads from the disk (file://).
"use strict";

const up = document.documentElement.dataset.up;
const field = document.getElementById("search");
const list = document.getElementById("found");
let loading;

function loadIndex() {
  loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = up + "search-index.js";
    script.onload = () => done(SEARCH_INDEX);
    script.onerror = failed;
    document.head.append(script);
  });
  return loading;
}

// All words must be in a part; words of titles and headings count more, and so does the whole phrase.
function search(index, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const phrase = words.join(" ");
  return index.map(([title, heading, place, text]) => {
    const parts = [title.toLowerCase(), heading.toLowerCase(), text.toLowerCase()];
    let score = 0;
    for (const word of words) {
      const counts = parts.map((part) => part.split(word).length - 1);
      if (counts[0] + counts[1] + counts[2] === 0) return null;
      score += 6 * Math.min(counts[0], 1) + 10 * Math.min(counts[1], 1) + Math.min(counts[2], 5);
    }
    if (words.length > 1 && parts.some((part) => part.includes(phrase))) score += 15;
    return { title, heading, place, text, words, score };
  }).filter(Boolean).sort((a, b) => b.score - a.score).slice(0, 20);
}

function marked(text, words) {
  const element = document.createElement("span");
  let rest = text;
  for (;;) {
    let first = -1, length = 0;
    for (const word of words) {
      const place = rest.toLowerCase().indexOf(word);
      if (place >= 0 && (first < 0 || place < first)) [first, length] = [place, word.length];
    }
    if (first < 0) break;
    element.append(rest.slice(0, first));
    const mark = document.createElement("mark");
    mark.textContent = rest.slice(first, first + length);
    element.append(mark);
    rest = rest.slice(first + length);
  }
  element.append(rest);
  return element;
}

function excerpt(text, words) {
  const places = words.map((word) => text.toLowerCase().indexOf(word)).filter((place) => place >= 0);
  const start = Math.max(0, Math.min(...places, text.length) - 60);
  return (start > 0 ? "... " : "") + text.slice(start, start + 180) + (start + 180 < text.length ? " ..." : "");
}

async function show() {
  const query = field.value.trim();
  if (query.length < 2) {
    list.hidden = true;
    return;
  }
  const index = await loadIndex();
  if (query !== field.value.trim()) return;
  const found = search(index, query);
  list.replaceChildren(...found.map((hit) => {
    const item = document.createElement("li"), link = document.createElement("a");
    link.href = up + hit.place;
    const where = document.createElement("span");
    where.className = "where";
    where.append(marked(hit.title === hit.heading ? hit.title : hit.title + ": " + hit.heading, hit.words));
    const text = document.createElement("span");
    text.className = "text";
    text.append(marked(excerpt(hit.text, hit.words), hit.words));
    link.append(where, text);
    item.append(link);
    return item;
  }));
  if (!found.length) {
    const item = document.createElement("li");
    item.className = "none";
    item.textContent = "No page has all of these words.";
    list.append(item);
  }
  list.hidden = false;
}

field.addEventListener("focus", loadIndex, { once: true });
field.addEventListener("input", show);
field.form.addEventListener("submit", (event) => {
  event.preventDefault();
  list.querySelector("a")?.click();
});
document.addEventListener("keydown", (event) => {
  const links = [...list.querySelectorAll("a")], place = links.indexOf(document.activeElement);
  if (event.key === "/" && !/^(input|textarea)$/i.test(document.activeElement.tagName)) {
    event.preventDefault();
    field.focus();
  } else if (event.key === "Escape") {
    list.hidden = true;
  } else if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const next = place + (event.key === "ArrowDown" ? 1 : -1);
    (links[next] ?? field).focus();
  }
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("header")) list.hidden = true;
});
// On narrow screens the list of pages begins folded.
if (matchMedia("(max-width: 760px)").matches) document.querySelector(".pages").open = false;
