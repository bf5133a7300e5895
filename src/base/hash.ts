// A hash of a text: the same in every process, spread over 32 bits. Not for secrets.
// Source: FNV-1a (Fowler, Noll, Vo) over UTF-16 units; the finalizer of MurmurHash3 (Appleby).

export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
