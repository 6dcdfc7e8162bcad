/** Puts the same id in the place of every random one, so that two pictures of the same page are the same. */
(() => {
  const ID = /\b((?:[a-z]+_)+)(?=\w*\d)[A-Za-z0-9]{12,}\b/g;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (ID.test(node.data)) node.data = node.data.replace(ID, "$1N7qXc2VbKd0RtYw5");
  }
})();
