// The other side of the piscina peer.

export default function echo(value: number): number {
  return value;
}
