import { type CSSVariablesResolver, createTheme, Drawer, Modal, Select, Tooltip } from "@mantine/core";

/** Greys of the controls that are read as text: as dark, or light, as the screens' own. */
export const controlVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { "--mantine-color-dimmed": "#56606d", "--mantine-color-placeholder": "#6b7480" },
  dark: { "--mantine-color-dimmed": "#9aa4b2", "--mantine-color-placeholder": "#8b95a3" },
});

/** Motion lasts at most this long, and is left out when the system asks for less. */
const motionMilliseconds = 100;

export const theme = createTheme({
  fontFamily: "'Inter Variable', sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', monospace",
  fontSizes: { xs: "12px", sm: "13px", md: "14px" },
  // The greys of the dark appearance, from text to ground, as in styles.css.
  colors: {
    dark: [
      "#e4e7ec",
      "#c3c9d2",
      "#9aa4b2",
      "#848e9d",
      "#3a404b",
      "#2c313a",
      "#22262d",
      "#16181d",
      "#121418",
      "#0e1013",
    ],
  },
  primaryColor: "indigo",
  primaryShade: 7,
  defaultRadius: 4,
  respectReducedMotion: true,
  components: {
    Modal: Modal.extend({
      defaultProps: {
        transitionProps: { duration: motionMilliseconds },
        lockScroll: false,
        closeButtonProps: { "aria-label": "Close" },
      },
    }),
    Drawer: Drawer.extend({ defaultProps: { transitionProps: { duration: motionMilliseconds }, lockScroll: false } }),
    Tooltip: Tooltip.extend({
      defaultProps: {
        openDelay: 300,
        transitionProps: { duration: motionMilliseconds },
        events: { hover: true, focus: true, touch: false },
        multiline: true,
        maw: 360,
      },
    }),
    Select: Select.extend({
      defaultProps: { allowDeselect: false, comboboxProps: { transitionProps: { duration: 0 } } },
    }),
  },
});
