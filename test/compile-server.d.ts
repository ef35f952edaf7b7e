export const COMPILED_SERVER: string;
export default function compileServer(): Promise<void>;
