import tseslint from 'typescript-eslint';

export default tseslint.config(
  // These have their own packages, which are not installed here, and with them their own rules: npm run
  // example:wallet:check, and test/schema/clients.heavy.test.ts.
  {
    ignores: [
      'dist/',
      'dist-test/',
      'schema/',
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
);
