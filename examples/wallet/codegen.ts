import { type CodegenConfig } from '@graphql-codegen/cli';

/** Types for every operation in src/, from the graph's public contract. They go to generated/, which is not committed. */
const config: CodegenConfig = {
  schema: process.env['WALLET_SCHEMA'] ?? '../../schema/graph.graphql',
  documents: ['src/**/*.{ts,tsx}'],
  generates: {
    './generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        // What each scalar is in JSON. Decimal stays text: as a number, 90071992547409.93 would lose its last digits.
        scalars: { ID: 'string', DateTime: 'string', Decimal: 'string', URL: 'string' },
        // A scalar that is missing above stops the generation rather than becoming `any`.
        strictScalars: true,
        enumsAsTypes: true,
        useTypeImports: true,
      },
    },
  },
};

export default config;
