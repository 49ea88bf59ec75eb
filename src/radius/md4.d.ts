declare module 'js-md4' {
  const md4: { array(message: Uint8Array): number[] };
  export default md4;
}
