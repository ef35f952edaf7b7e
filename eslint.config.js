import graphql from '@graphql-eslint/eslint-plugin';
import tseslint from 'typescript-eslint';

const API_SCHEMA = 'schema/graph.graphql';

export default tseslint.config(
  // These have their own packages, which are not installed here, and with them their own rules: npm run
  // example:wallet:check, and test/schema/clients.heavy.test.ts. Of schema/ only what clients see is linted: the rest is
  // the same with directives.
  {
    ignores: [
      'build/',
      'dist/',
      'dist-test/',
      'schema/*',
      `!${API_SCHEMA}`,
      'coverage/',
      'node_modules/',
      '**/generated/',
      'examples/wallet/',
      'test/clients/',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Numbers in messages are wanted; objects are what the rule must go on catching.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Decorated resolver and entity classes are the graph's declaration; a class of fields alone is their normal shape.
      '@typescript-eslint/no-extraneous-class': 'off',
      // Likewise they are the shape of what is answered; graphql-js never asks what class an answer is of.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Decorator > CallExpression[callee.name=/^(ObjectType|InputType)$/][arguments.0.type!="Literal"]',
          message: "Say the type's name: a class has another where the bundle has two of that name.",
        },
      ],
    },
  },
  {
    // The guide that these rules hold is in docs/schema.md.
    files: [API_SCHEMA],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: API_SCHEMA } } },
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      '@graphql-eslint/require-description': [
        'error',
        { types: true, FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true, rootField: true },
      ],
      '@graphql-eslint/relay-page-info': 'error',
      '@graphql-eslint/relay-connection-types': 'error',
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      '@graphql-eslint/strict-id-in-types': [
        'error',
        {
          exceptions: {
            // Values, which are part of what holds them, and an exchange code, which is its own name.
            types: [
              'ExchangeCode',
              'IdentityCheckStart',
              'IdentityRefusal',
              'LinkedAccounts',
              'Money',
              'PageInfo',
              'Voucher',
            ],
            suffixes: ['Connection', 'Edge'],
          },
        },
      ],
    },
  },
);
