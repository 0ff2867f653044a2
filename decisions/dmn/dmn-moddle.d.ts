/** dmn-moddle publishes no types. This is the part of it that `read-model.ts` uses. */
declare module "dmn-moddle" {
  export interface ModdleWarning {
    readonly message: string;
    readonly element?: { readonly $type: string; readonly id?: string };
  }
  export class DmnModdle {
    constructor(packages: Readonly<Record<string, unknown>>);
    fromXML(
      xml: string,
      typeName: string,
      options: { readonly lax: boolean },
    ): Promise<{ rootElement: unknown; warnings: readonly ModdleWarning[] }>;
  }
}
