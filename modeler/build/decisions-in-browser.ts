/** What of decisions/ runs in a browser: the FEEL language, the DMN models and the pre-scan of XML. */
export * from "../../decisions/dmn/index.ts";
export * from "../../decisions/dmn/xml-prescan.ts";
export * from "../../decisions/feel/index.ts";
