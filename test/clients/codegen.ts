import { type CodegenConfig } from '@graphql-codegen/cli';
import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';

/** GRAPH_SCHEMA is a file or the URL of a running server: either must come to the same. */
const config: CodegenConfig = {
  schema: process.env['GRAPH_SCHEMA'] ?? '../../schema/graph.graphql',
  documents: ['src/documents.ts'],
  // For programs that Node runs as ES modules.
  importExtension: '.js',
  generates: {
    [process.env['GENERATED'] ?? './src/generated/']: {
      preset: 'client',
      // Caches need the names of the types: a trusted document has to ask for them itself.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { mode: 'embedHashInDocument', hashAlgorithm: 'sha256' },
      },
      config: {
        scalars: { ID: 'string', DateTime: 'string', Decimal: 'string', URL: 'string' },
        strictScalars: true,
        enumsAsTypes: true,
        useTypeImports: true,
      },
    },
  },
};

export default config;
