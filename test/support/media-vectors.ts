/** Made with the OpenSSL command line alone (3.0): `openssl kdf`, `openssl enc`, `openssl dgst`. */
import type { SealedKind } from '../../src/interop/profile/media-profile.ts';

export interface MediaVector {
  readonly kind: SealedKind;
  /** What HKDF gives: iv, cipher key, mac key, ref key. In hex, as the rest. */
  readonly material: string;
  readonly sealed: string;
  readonly sealedHash: string;
}

/** The media key of all: the bytes from 0 to 31. */
export const vectorKey = Uint8Array.from({ length: 32 }, (_, at) => at);
/** The file of all. */
export const vectorFile = 'The quick brown fox jumps over the lazy dog.\n';
export const vectorPlainHash = 'b47cc0f104b62d4c7c30bcd68fd8e67613e287dc4ad8c310ef10cbadea9c4380';

export const mediaVectors: readonly MediaVector[] = [
  {
    kind: 'image',
    material:
      'aa6a127218397cbd2383e4ccf7176a79008c9aea9b7c5d81eb56b3f530f87d42dcc92d27b11ad6b5bd66f0560d0d8c46' +
      '91d09ffec108833c1699574c52657923fb6e3e161d9698bc6b3a05fbc508a515' +
      '4d4981725e9eb39838fcff2130508f1360cbb319f99cef163d57ab7c050a667e',
    sealed:
      '8a7f31f7edbabe3a0c8939d544d4628de6ec47db6c04a107daae41094237e14a4daa4702c7494566c446f69eba708685' +
      'c0809ed3a90752553c2d',
    sealedHash: 'd07f5310c72a03936ce923d787b753cd98d491363ceaa4b9547d98b12553932d',
  },
  {
    kind: 'video',
    material:
      'f1dee5782cc4e2e7b07233b1e25de59b8564567ee06fa7006edab56a13c2b0a1431beb8efe698efad0f258e65feb5395' +
      '259ad46118adcf3cd134ae881831c6865db31a8fa0bbce7bc3bcb9fcf369fcda' +
      '9a63d5eb49eb03827d842400a27dbfb62efc9ebeb6f62b45df4575de4a871856',
    sealed:
      'c061131ee899291f9cce3cb3da8569661d1dc3d6514a456355719d923a7e38989badc5e861f944f948bbc962b14b2ce2' +
      'c9861bea078fbe56c01d',
    sealedHash: 'b9a8f41c2c50c134beebc98929209072cb439d5564635841d2ca5997ca90094b',
  },
  {
    kind: 'audio',
    material:
      '13f8935709c20e2e8b0680f81b0dd5fba61016c0347747b75bb8a8f6d7bcdb863ac5eb702662755054fe77db27b7c1c0' +
      '9ec93580944b6656b0babacf55026028ff6c68bb134a4fd082c12b5463a3bb79' +
      'bc7558b5a1ef874ee6a5155a282db3560dc25fcf6b910762a2d75fcbe6b13749',
    sealed:
      '7fac1217d5c9dfa783641a08412ffd32cc62f9c2fd5f0a9d68c410f870e69e0a39c25f1b304c9d0143fb5b95d765bf1b' +
      'a27243350c15ce4b8361',
    sealedHash: '9ff5c9925faf8417c6c31df54121a071bb8a0469a47c0ad663ddb62eac15afc7',
  },
  {
    kind: 'document',
    material:
      '25e9d370804de0bb33ea5db79453db66b75c2bed8e162ad63dd02b6b9fbda46b8ad2692e99ed0f877d0ab48a86fff790' +
      '94a393dafdca1265c99e197425de98f15f7d87d34714ea901f7eefc29c99e5ac' +
      'f826177ac4aaf590f67e927133b8a7f102a9fa5c2a88d62587699f581b2e9b76',
    sealed:
      '591e52d1dd07f73bd751270f4869dc219144e4f2fa5625ed1c2fc36cca58bb553a1fca13df7125c87aca41a1d1ab8bcb' +
      '74ee08a14cb745784663',
    sealedHash: '1bc191cae5eb4ede89929c86ba74726fd2427b7a7fd7ca4104d8abcb484f0446',
  },
];
