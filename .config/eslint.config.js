import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import { importX } from "eslint-plugin-import-x";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

// Lowest first: a folder may import from those above it in this list, and from nothing below it.
const layers = [
  "usb",
  "transport",
  "scsi",
  "trace",
  "mmc",
  "keys",
  "drive",
  "volume",
  "ioctl",
  "imaging",
  "cli",
];

const layerZones = layers.flatMap((layer, index) => {
  const forbidden = layers.slice(index + 1);
  if (layer !== "cli") forbidden.push("virtual");
  if (forbidden.length === 0) return [];
  return {
    target: `./src/${layer}`,
    from: forbidden.map((other) => `./src/${other}`),
    message: `src/${layer} is a lower layer: it must not know of this one.`,
  };
});

const virtualZone = {
  target: "./src/virtual",
  from: "./src",
  except: ["./virtual"],
  message: "The virtual drive is a second, independent reading of the standards.",
};

export default defineConfig(
  // Electron is no dependency; a test of the package checks that file with its types.
  globalIgnores(["dist", ".cache", "examples/electron/main.ts"]),
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: [".config/*.js", ".ci/*.mjs"] } },
    },
    plugins: { "import-x": importX },
    settings: { "import-x/resolver-next": [createTypeScriptImportResolver()] },
    rules: {
      "import-x/no-cycle": "error",
      "import-x/no-restricted-paths": ["error", { zones: [...layerZones, virtualZone] }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ["src/**"],
    ignores: [
      "src/index.ts",
      "src/usb/libusb/**",
      "src/usb/usbip/**",
      "src/imaging/**",
      "src/cli/**",
      "src/virtual/node.ts",
      "src/virtual/usbip/**",
      "src/virtual/iso-file.ts",
      "src/virtual/region-file.ts",
    ],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: [{ name: "usb", message: "This layer also runs in a browser." }],
          patterns: [{ group: ["node:*"], message: "This layer also runs in a browser." }],
        },
      ],
      "no-restricted-globals": ["error", "process", "Buffer", "setImmediate"],
    },
  },
  { files: [".config/**", ".ci/**"], extends: [tseslint.configs.disableTypeChecked] },
  {
    files: ["test/**"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
);
