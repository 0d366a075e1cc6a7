export type X = string;
