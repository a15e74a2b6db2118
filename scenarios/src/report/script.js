"use strict";
// Hover read-out and table sort; the page is complete without them.
for (const svg of document.querySelectorAll("svg.plot")) {
  const d = svg.dataset, n = (k) => Number(d[k]);
  const t0 = n("t0"), t1 = n("t1"), x0 = n("x0"), x1 = n("x1"), v0 = n("v0"), v1 = n("v1"), y0 = n("y0"), y1 = n("y1");
  const out = svg.parentNode.querySelector(".readout");
  // A line with gaps is several polylines of one label.
  const byLabel = new Map();
  for (const line of svg.querySelectorAll("polyline.line:not(.hidden)")) {
    const points = line.getAttribute("points").split(" ").map((p) => p.split(",").map(Number));
    byLabel.set(line.dataset.label, (byLabel.get(line.dataset.label) ?? []).concat(points));
  }
  const lines = [...byLabel].map(([label, points]) => ({ label, points }));
  const cursor = document.createElementNS("http://www.w3.org/2000/svg", "path");
  cursor.setAttribute("class", "cursor");
  const value = (y) => {
    const f = (y0 - y) / (y0 - y1);
    const v = d.log === "1" ? Math.exp(Math.log(v0) + f * (Math.log(v1) - Math.log(v0))) : v0 + f * (v1 - v0);
    if (d.unit === "percent") return (v * 100).toFixed(2) + "%";
    return v.toLocaleString("en-US", { maximumSignificantDigits: 5 });
  };
  const hide = () => { out.style.display = "none"; cursor.remove(); };
  svg.addEventListener("pointerleave", hide);
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    const x = (event.clientX - box.left) * scale;
    if (x < x0 || x > x1 || !lines.length) return hide();
    const time = new Date(t0 + ((x - x0) / (x1 - x0)) * (t1 - t0)).toISOString().slice(0, 16).replace("T", " ");
    const rows = lines.map(({ label, points }) => {
      let low = 0, high = points.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (points[middle][0] < x) low = middle + 1; else high = middle;
      }
      if (low > 0 && x - points[low - 1][0] < points[low][0] - x) low -= 1;
      return label + "  " + value(points[low][1]);
    });
    out.textContent = time + " UTC\n" + rows.join("\n");
    out.style.display = "block";
    const left = event.clientX - box.left;
    out.style.top = box.top - svg.parentNode.getBoundingClientRect().top + 10 + "px";
    out.style.left = (left > box.width / 2 ? left - out.offsetWidth - 14 : left + 14) + "px";
    cursor.setAttribute("d", "M" + x + " " + y0 + "V" + y1);
    if (!cursor.parentNode) svg.append(cursor);
  });
}
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = table.tBodies[0];
      const key = (row) => {
        const cell = row.cells[column];
        return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
      };
      const rows = [...body.rows].map((row) => [key(row), row]);
      rows.sort(([a], [b]) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b))));
      if (down) rows.reverse();
      body.append(...rows.map(([, row]) => row));
    });
  });
}
