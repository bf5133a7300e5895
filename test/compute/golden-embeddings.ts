// The golden vectors of embed. An embedding that was kept is compared with one that is made today, so these never
// change.

export interface GoldenEmbedding {
  readonly text: string;
  /** The first values that are not zero. */
  readonly start: readonly number[];
  /** The first half of the digest of all values, 32-bit floats, lowest byte first. */
  readonly sha256: string;
}

export const GOLDEN_EMBEDDINGS: readonly GoldenEmbedding[] = [
  {
    text: "a",
    start: [1],
    sha256: "b54e85e3d46ad356",
  },
  {
    text: "Call me Ishmael.",
    start: [-0.109764263, -0.219528526, -0.219528526],
    sha256: "a88598cabc3be4bb",
  },
  {
    text: "The whale, the white whale, and the sea: the sea!",
    start: [0.295996845, 0.295996845, 0.147998422],
    sha256: "046009900e6b260e",
  },
  {
    text: "Weiße Wale über 3 Meere",
    start: [0.321287721, -0.160643861, 0.0803219303],
    sha256: "da1428ab4187fc7b",
  },
  {
    text: "Белый кит",
    start: [-0.282842726, -0.141421363, 0.282842726],
    sha256: "068823c2c8bb2e71",
  },
  {
    text: "白鯨を追う",
    start: [0.136082768, -0.136082768, -0.136082768],
    sha256: "76dfd54c6c9bcd3d",
  },
  {
    text: "🐋 thar she blows",
    start: [0.192450091, 0.0962250456, 0.192450091],
    sha256: "70f9c2a320f3c7e5",
  },
];
