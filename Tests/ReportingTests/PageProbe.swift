// A probe that runs in the browser and inspects a report.

/// Findings of the probe, a script that is put into the page.
struct PageProbe: Decodable {
    struct Contrast: Decodable { let text: String, ratio: Double }

    /// The page's width in CSS pixels.
    let width: Double
    /// The figures whose charts are drawn.
    let charts: [String]
    /// Elements without an accessible name.
    let unnamed: [String]
    let pictures, broken: Int
    /// Ids that occur twice, and links within the page that lead nowhere.
    let twice, dead: [String]
    /// Headings that are more than one level below the one before.
    let skipped: Int
    /// Elements that the keyboard reaches, and those without a visible focus.
    let reachable: Int
    let unseen: [String]
    /// By how much the page is wider than its window.
    let overflow: Double
    /// Texts below a contrast of 4.5 (WCAG 2.2, AA), those in charts against the shapes behind them.
    let faint: [Contrast]
    /// Labels of charts that stick out of them, and pairs of labels that cover each other.
    let cut, overlapping: [String]

    static let script = #"""
        addEventListener('load', async () => {
          const all = (query, within = document) => [...within.querySelectorAll(query)];
          const box = element => element.getBoundingClientRect();
          for (const details of all('details')) { details.removeAttribute('name'); details.open = true }
          const pictures = all('.gallery img');
          for (const choice of all('#f-every')) choice.checked = true;
          await Promise.all(pictures.map(picture => picture.decode().catch(() => 0)));

          // Contrast by WCAG 2.2: of each text with its background, including shapes of a chart.
          const rgb = color => { const [r, g, b, a = 1] = (color.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number); return { r, g, b, a } };
          const over = (top, below, alpha = top.a) => ({
            r: top.r * alpha + below.r * (1 - alpha), g: top.g * alpha + below.g * (1 - alpha),
            b: top.b * alpha + below.b * (1 - alpha), a: 1 });
          const light = color => {
            const [r, g, b] = [color.r, color.g, color.b].map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
            return .2126 * r + .7152 * g + .0722 * b };
          const ground = element => {
            for (; element; element = element.parentElement) {
              const color = rgb(getComputedStyle(element).backgroundColor);
              if (color.a > 0) return color }
            return rgb('rgb(255,255,255)') };
          const contrast = (a, b) => { const [x, y] = [light(a), light(b)]; return (Math.max(x, y) + .05) / (Math.min(x, y) + .05) };
          const faint = [];
          const judge = (element, color, behind) => {
            const ratio = contrast(color, behind);
            if (ratio < 4.5) faint.push({ text: element.textContent.trim().slice(0, 40), ratio }) };
          for (const element of all('h1,h2,h3,p,dt,dd,th,td,li,summary,a,label,legend,figcaption,code,strong,pre span')) {
            if (!element.textContent.trim() || !element.getClientRects().length) continue;
            judge(element, rgb(getComputedStyle(element).color), ground(element)) }

          const cut = [], overlapping = [];
          const charts = all('figure svg[role=img]');
          for (const chart of charts) {
            const frame = box(chart), shapes = all('rect', chart).map(rect => ({ rect, at: box(rect) }));
            const texts = all('text', chart).map(text => ({ text, at: box(text) })).filter(({ at }) => at.width > 0);
            const page = ground(chart);
            texts.forEach(({ text, at }, index) => {
              const name = `${chart.closest('figure').id}: ${text.textContent}`;
              if (at.left < frame.left - 1.5 || at.right > frame.right + 1.5 || at.top < frame.top - 1.5 || at.bottom > frame.bottom + 1.5)
                cut.push(name);
              const [x, y] = [(at.left + at.right) / 2, (at.top + at.bottom) / 2];
              let behind = page;
              for (const { rect, at: area } of shapes) {
                if (!(rect.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
                if (x < area.left || x > area.right || y < area.top || y > area.bottom) continue;
                const style = getComputedStyle(rect);
                if (style.fill !== 'none') behind = over(rgb(style.fill), behind, rgb(style.fill).a * style.opacity * style.fillOpacity) }
              judge(text, rgb(getComputedStyle(text).fill), behind);
              for (const other of texts.slice(index + 1)) {
                const wide = Math.min(at.right, other.at.right) - Math.max(at.left, other.at.left);
                const high = Math.min(at.bottom, other.at.bottom) - Math.max(at.top, other.at.top);
                // Line boxes are taller than letters.
                const turned = text.hasAttribute('transform');
                if ((turned ? high : wide) > 1 && (turned ? wide : high) > 4.5) overlapping.push(`${name} / ${other.text.textContent}`) } }) }

          // Elements that the keyboard reaches have a visible focus.
          const unseen = [];
          const reachable = all('a[href],summary,input,[tabindex="0"]').filter(element => element.getClientRects().length);
          for (const element of reachable) {
            element.focus();
            const shown = element.matches('.filters input') ? element.nextElementSibling : element;
            const style = getComputedStyle(shown);
            if (document.activeElement !== element || style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2)
              unseen.push(element.outerHTML.slice(0, 60)) }
          document.activeElement.blur();

          const named = element => (element.getAttribute('aria-label') || element.textContent || '').trim();
          const ids = all('[id]').map(element => element.id);
          const levels = all('h1,h2,h3').filter(heading => heading.getClientRects().length).map(heading => +heading.tagName[1]);
          parent.postMessage(JSON.stringify({
            width: innerWidth,
            charts: charts.filter(chart => box(chart).height > 40 && chart.childElementCount > 4).map(chart => chart.closest('figure').id),
            unnamed: [
              ...charts.filter(chart => ['labelledby', 'describedby'].some(
                by => !document.getElementById(chart.getAttribute(`aria-${by}`))?.textContent)).map(chart => chart.id),
              ...all('a,summary,[role=region],table').filter(element => !named(element)).map(element => element.outerHTML.slice(0, 60)),
              ...all('input').filter(input => !input.labels.length || !input.labels[0].textContent).map(input => input.id),
              ...all('img').filter(picture => !picture.alt).map(() => 'a picture'),
              ...all('th:not([scope])').map(head => head.textContent)],
            pictures: pictures.length, broken: pictures.filter(picture => !picture.naturalWidth).length,
            twice: ids.filter((id, at) => ids.indexOf(id) !== at), dead: all('a[href^="#"]').map(a => a.hash.slice(1)).filter(id => !document.getElementById(id)),
            skipped: levels.filter((level, at) => at > 0 && level > levels[at - 1] + 1).length,
            reachable: reachable.length, overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth, faint, cut, overlapping, unseen }), '*')
        });
        """#
}
