// Owns the languages that posts can be marked with (ISO 639, English names), and reading
// language tags. Nobody guesses a language here: clients say it, else the account's own stands.

const TWO_LETTERS =
  "aa Afar;ab Abkhazian;ae Avestan;af Afrikaans;ak Akan;am Amharic;an Aragonese;ar Arabic;" +
  "as Assamese;av Avaric;ay Aymara;az Azerbaijani;ba Bashkir;be Belarusian;bg Bulgarian;" +
  "bh Bihari;bi Bislama;bm Bambara;bn Bengali;bo Tibetan;br Breton;bs Bosnian;ca Catalan;" +
  "ce Chechen;ch Chamorro;co Corsican;cr Cree;cs Czech;cu Church Slavonic;cv Chuvash;cy Welsh;" +
  "da Danish;de German;dv Divehi;dz Dzongkha;ee Ewe;el Greek;en English;eo Esperanto;es Spanish;" +
  "et Estonian;eu Basque;fa Persian;ff Fula;fi Finnish;fj Fijian;fo Faroese;fr French;" +
  "fy Western Frisian;ga Irish;gd Scottish Gaelic;gl Galician;gn Guarani;gu Gujarati;gv Manx;" +
  "ha Hausa;he Hebrew;hi Hindi;ho Hiri Motu;hr Croatian;ht Haitian Creole;hu Hungarian;" +
  "hy Armenian;hz Herero;ia Interlingua;id Indonesian;ie Interlingue;ig Igbo;ii Sichuan Yi;" +
  "ik Inupiaq;io Ido;is Icelandic;it Italian;iu Inuktitut;ja Japanese;jv Javanese;ka Georgian;" +
  "kg Kongo;ki Kikuyu;kj Kuanyama;kk Kazakh;kl Kalaallisut;km Khmer;kn Kannada;ko Korean;" +
  "kr Kanuri;ks Kashmiri;ku Kurdish;kv Komi;kw Cornish;ky Kyrgyz;la Latin;lb Luxembourgish;" +
  "lg Ganda;li Limburgish;ln Lingala;lo Lao;lt Lithuanian;lu Luba-Katanga;lv Latvian;mg Malagasy;" +
  "mh Marshallese;mi Māori;mk Macedonian;ml Malayalam;mn Mongolian;mr Marathi;ms Malay;" +
  "mt Maltese;my Burmese;na Nauru;nb Norwegian Bokmål;nd North Ndebele;ne Nepali;ng Ndonga;" +
  "nl Dutch;nn Norwegian Nynorsk;no Norwegian;nr South Ndebele;nv Navajo;ny Nyanja;oc Occitan;" +
  "oj Ojibwa;om Oromo;or Odia;os Ossetic;pa Punjabi;pi Pali;pl Polish;ps Pashto;pt Portuguese;" +
  "qu Quechua;rm Romansh;rn Rundi;ro Romanian;ru Russian;rw Kinyarwanda;sa Sanskrit;" +
  "sc Sardinian;sd Sindhi;se Northern Sami;sg Sango;si Sinhala;sk Slovak;sl Slovenian;sm Samoan;" +
  "sn Shona;so Somali;sq Albanian;sr Serbian;ss Swati;st Southern Sotho;su Sundanese;sv Swedish;" +
  "sw Swahili;ta Tamil;te Telugu;tg Tajik;th Thai;ti Tigrinya;tk Turkmen;tl Tagalog;tn Tswana;" +
  "to Tongan;tr Turkish;ts Tsonga;tt Tatar;tw Twi;ty Tahitian;ug Uyghur;uk Ukrainian;ur Urdu;" +
  "uz Uzbek;ve Venda;vi Vietnamese;vo Volapük;wa Walloon;wo Wolof;xh Xhosa;yi Yiddish;yo Yoruba;" +
  "za Zhuang;zh Chinese;zu Zulu";
const REGIONAL =
  "zh-CN Chinese (China);zh-HK Chinese (Hong Kong);zh-TW Chinese (Taiwan);zh-YUE Cantonese";
const THREE_LETTERS =
  "ast Asturian;chr Cherokee;ckb Central Kurdish;cnr Montenegrin;csb Kashubian;gsw Swiss German;" +
  "jbo Lojban;kab Kabyle;ldn Láadan;lfn Lingua Franca Nova;moh Mohawk;nds Low German;" +
  "pdc Pennsylvania German;sco Scots;sma Southern Sami;smj Lule Sami;szl Silesian;tok Toki Pona;" +
  "vai Vai;xal Kalmyk;zba Balaibalan;zgh Standard Moroccan Tamazight";

/** All languages, in the order in which they are listed. */
export const LANGUAGES: readonly { code: string; name: string }[] = [
  TWO_LETTERS,
  REGIONAL,
  THREE_LETTERS,
].flatMap((list) =>
  list.split(";").map((it) => {
    const space = it.indexOf(" ");
    return { code: it.slice(0, space), name: it.slice(space + 1) };
  }),
);

const BY_LOWER_CASE = new Map(LANGUAGES.map((it) => [it.code.toLowerCase(), it.code]));

/** The code under which a language tag (`de`, `de-AT`, `deu`, `zh_tw`) is kept, or null. */
export function normaliseLanguage(tag: string | null | undefined): string | null {
  if (tag === null || tag === undefined || tag.length > 35) return null;
  const wanted = tag.trim().replaceAll("_", "-").toLowerCase();
  const known = BY_LOWER_CASE.get(wanted) ?? BY_LOWER_CASE.get(wanted.split("-")[0] ?? "");
  if (known !== undefined) return known;
  if (!/^[a-z]{3}(?:-[a-z0-9]{2,8})*$/.test(wanted)) return null;
  // Three-letter names of languages that have a shorter one.
  const [canonical] = Intl.getCanonicalLocales(wanted.slice(0, 3));
  return BY_LOWER_CASE.get(canonical?.toLowerCase() ?? "") ?? null;
}
