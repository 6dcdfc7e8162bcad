/** What a person would see, measured: contrast of text, size of targets, names of fields, jumps of the layout. */
(() => {
  const parse = (color) => {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    return { parts: [red, green, blue], alpha };
  };

  const ground = (element) => {
    for (let box = element; box; box = box.parentElement) {
      const { parts, alpha } = parse(getComputedStyle(box).backgroundColor);
      if (alpha === 1) return parts;
    }
    return [255, 255, 255];
  };

  const luminance = (parts) => {
    const [red, green, blue] = parts.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  const contrast = (first, second) => {
    const [darker, lighter] = [luminance(first), luminance(second)].sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  };

  const isSeen = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && !element.closest(".visually-hidden, [aria-hidden=true]");

  const texts = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = new Set();
    while (walker.nextNode()) {
      const { textContent, parentElement } = walker.currentNode;
      if (textContent.trim() && !["SCRIPT", "NOSCRIPT"].includes(parentElement.tagName)) found.add(parentElement);
    }
    return [...found].filter(isSeen);
  };

  const isLarge = ({ fontSize, fontWeight }) => {
    const size = parseFloat(fontSize);
    return size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
  };

  window.measures = {
    faint: () =>
      texts().flatMap((element) => {
        const style = getComputedStyle(element);
        const ratio = contrast(parse(style.color).parts, ground(element));
        const wanted = isLarge(style) ? 3 : 4.5;
        return ratio < wanted ? [`${element.textContent.trim()}: ${ratio.toFixed(2)}`] : [];
      }),
    small: () =>
      [...document.querySelectorAll("button, input, select, .button")].filter(isSeen).flatMap((element) => {
        const { width, height } = element.getBoundingClientRect();
        return Math.min(width, height) < 20 ? [`${element.id}: ${width}x${height}`] : [];
      }),
    nameless: () =>
      [...document.querySelectorAll("input, select, button, a, iframe")].filter(isSeen).flatMap((element) => {
        const name = element.title || element.getAttribute("aria-label") || element.labels?.[0]?.textContent;
        return (name || element.textContent).trim() ? [] : [element.outerHTML];
      }),
    twins: () => {
      const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
      return ids.filter((id, index) => ids.indexOf(id) !== index);
    },
    sideways: () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    jumps: () =>
      new Promise((resolve) => {
        let total = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) total += entry.hadRecentInput ? 0 : entry.value;
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve(total), 300);
      }),
  };
})();
