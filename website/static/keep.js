/* What a reader chose or answered is kept in this browser; refused in some private windows, where
   it then holds for the open page only. */

const kept = {
  read(name) {
    try {
      return JSON.parse(localStorage.getItem(`book-${name}`));
    } catch {
      return null;
    }
  },

  /* Keep `value`; null removes it. */
  write(name, value) {
    try {
      if (value === null) localStorage.removeItem(`book-${name}`);
      else localStorage.setItem(`book-${name}`, JSON.stringify(value));
    } catch {
      // see above
    }
  },

  /* The name of a part of this page: the same wherever the site lies. */
  here(part) {
    return `${location.pathname.split("/").at(-1)}#${part}`;
  },
};
