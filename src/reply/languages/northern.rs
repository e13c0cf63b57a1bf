//! The Germanic, Baltic and Finnic languages of the north, and Hungarian.

use super::Language;

pub(super) const LANGUAGES: &[Language] = &[
    Language {
        // German
        openers: "Am|Um|Den|An",
        verbs: "schrieb|schrieben|schreibt|hat geschrieben|geschrieben|schrieb folgendes",
        quoters: "Zitat von|Zitiere|Zitat|also sprach|Also sprach",
        no_names: "ich|du|er|sie|es|wir|ihr|man|wie|und|aber|auch|dann|gestern|heute|jemand|wer|was|als|so|der|die|das|\
                   mein|meine|dein|deine|sein|seine|wenn|weil|dass|da|dort|hier|nun|sonst|nur|schon|oder|zuletzt|einst",
        originals: "ursprüngliche nachricht|antwort nachricht|originalnachricht|original-nachricht|weitergeleitete nachricht|\
                    ursprüngliche mail|original nachricht|ursprüngliche e-mail|anfang der weitergeleiteten nachricht|\
                    ursprünglicher termin|originalmail|original-mail|ende der weitergeleiteten nachricht|\
                    weitergeleitete e-mail|beginn der weitergeleiteten nachricht|originalbotschaft|antwort auf",
        from: "von|absender",
        sent: "gesendet|datum|gesendet am|am|gesendet um|verschickt|empfangen",
        to: "an|kopie|cc|antwort an|empfänger|antworten an|kopie an",
        subject: "betreff|betrifft",
        devices: "gesendet von meinem |gesendet von mail für |gesendet mit |\
                  von unterwegs gesendet|diese nachricht wurde von meinem |holen sie sich outlook für |outlook für |\
                  gesendet von outlook |beschaffen sie sich outlook für |gesendet aus |diese nachricht wurde mit |\
                  gesendet über |laden sie outlook für |gesendet von yahoo|von mobil|mobil gesendet|unterwegs gesendet",
        sending: "gesendet|gesandt|verschickt|versendet",
        below: "siehe unten|s. u.|s.u.|unten.|unten:|unten in|weiter unten|in rot|in blau|in grün|in fett|\
                inline|im text|in den text|zwischen den zeilen|zwischen deine zeilen",
    },
    Language {
        // Dutch, Afrikaans
        openers: "Op|Om",
        verbs: "schreef|schreven|heeft geschreven|heeft het volgende geschreven|het volgende geschreven|\
                schreef het volgende|schrijft|geschreven|het geskryf|skryf",
        quoters: "Citeren|Quoting|Aangehaald van|Citaat van",
        no_names: "ik|jij|hij|zij|wij|zoals|en|maar|gisteren|iemand|wie|ze|je|u|we|men|dat|het|ek|hy|sy",
        originals: "oorspronkelijk bericht|origineel bericht|doorgestuurd bericht|oorspronkelijke bericht|\
                    begin doorgestuurd bericht|originele bericht|oorspronkelijke e-mail|oorspronklike boodskap|\
                    origineel e-mailbericht",
        from: "van|afzender",
        sent: "verzonden|datum|verzonden op|gestuur",
        to: "aan|cc|antwoord aan|beantwoorden|kopie",
        subject: "onderwerp|betreft|betr|onderwerp/betreft",
        devices: "verstuurd vanaf mijn |verzonden vanaf mijn |verzonden met |outlook voor |verstuurd met |\
                  verzonden vanuit |verstuurd vanuit |download outlook voor |verzonden via |verstuurd via |\
                  verstuurd van mijn |gestuur vanaf my ",
        sending: "verstuurd|verzonden|gestuurd",
        below: "hieronder|zie onder|onder.|onder:|in het rood|in rood|in het blauw|in blauw|in de tekst|\
                tussen de regels",
    },
    Language {
        // Swedish
        openers: "Den|På|Vid",
        verbs: "skrev|skrev följande|skrev så här|skriver",
        quoters: "Citerar|Citat av|Citerat",
        no_names: "jag|du|han|hon|som|men|och|igår|i|vi|de|någon|man|vem|här|då",
        originals: "ursprungligt meddelande|originalmeddelande|vidarebefordrat meddelande|\
                    vidarebefordrat brev|början på vidarebefordrat brev|ursprungligt e-postmeddelande|vidarebefordrat mail",
        from: "från|avsändare",
        sent: "skickat|datum|skickades|skickat den",
        to: "till|kopia|cc|mottagare|svar till|svara till",
        subject: "ämne|ärende|rubrik",
        devices: "skickat från min |skickat från |hämta outlook för |skaffa outlook för |sent från min |skickades från |\
                  skickad från ",
        sending: "skickat|skickad|skickades",
        below: "nedan|i rött|med rött|i blått|med blått|i texten|mellan raderna",
    },
    Language {
        // Danish
        openers: "Den|På|D.|Kl.",
        verbs: "skrev|skrev følgende|skriver|har skrevet",
        quoters: "Citerer|Citat af|Citat fra",
        no_names: "jeg|du|han|hun|som|men|og|i|vi|de|nogen|man|hvem|her|da|igår",
        originals: "oprindelig meddelelse|oprindelig besked|videresendt besked|videresendt meddelelse|\
                    start på videresendt besked|oprindelig mail|oprindelig e-mail|original meddelelse|original besked",
        from: "fra|afsender",
        sent: "sendt|dato|sendt den",
        to: "til|kopi|cc|modtager|svar til",
        subject: "emne|vedr|vedrørende",
        devices: "sendt fra min |sendt fra |hent outlook til |få outlook til |sendt via ",
        sending: "sendt",
        below: "nedenfor|nedenunder|med rødt|i rødt|med blåt|i teksten|mellem linjerne",
    },
    Language {
        // Norwegian, Icelandic
        openers: "Den|På|Þann|Þann",
        verbs: "skrev|skrev følgende|skrev følgjande|skreiv|har skrevet|skrifaði|reit",
        quoters: "Siterer|Sitat fra|Sitat av|Tilvitnun",
        no_names: "jeg|eg|du|han|hun|ho|som|men|og|i|vi|de|noen|man|hvem|her|da|ég|þú",
        originals: "opprinnelig melding|videresendt melding|opprinnelig e-post|original melding|\
                    start på videresendt melding|begynnelse på videresendt melding|opprinneleg melding|\
                    upprunaleg skilaboð|upphafleg skilaboð|áframsend skilaboð",
        from: "fra|frå|avsender|frá|sendandi",
        sent: "sendt|dato|sent|dags|dagsetning|sendt den",
        to: "til|kopi|cc|mottaker|svar til",
        subject: "emne|efni|vedrørende",
        devices: "sendt fra min |sendt fra |skaff deg outlook for |få outlook for |last ned outlook for |sent úr |\
                  hent outlook for ",
        sending: "sendt",
        below: "nedenfor|under.|under:|i rødt|med rødt|i blått|i teksten|mellom linjene|hér að neðan|\
                fyrir neðan|með rauðu",
    },
    Language {
        // Finnish
        openers: "",
        verbs: "kirjoitti|kirjoittivat|kirjoittaa|on kirjoittanut|kirjoitti seuraavaa|kirjoitti näin",
        quoters: "Lainaus|Lainaus käyttäjältä|Quoting",
        no_names: "minä|sinä|hän|me|te|he|eilen|joku|kuka|kuten|mutta|ja|se|kun",
        originals: "alkuperäinen viesti|välitetty viesti|edelleenlähetetty viesti|välitetty viesti alkaa|\
                    alkuperäinen sähköposti|välitetyn viestin alku",
        from: "lähettäjä|keneltä",
        sent: "lähetetty|päivämäärä|päiväys|aika|pvm",
        to: "vastaanottaja|kenelle|kopio|vastausosoite",
        subject: "aihe",
        devices: "lähetetty iphone|lähetetty ipad|lähetetty android|lähetetty samsung|lähetetty outlook|hanki outlook |\
                  lähetetty puhelime|lähetetty laitteesta|lähetetty mobiili",
        sending: "lähetetty",
        below: "alla.|alla:|alempana|alapuolella|punaisella|sinisellä|tekstin sekaan|tekstin seassa|\
                rivien väliin",
    },
    Language {
        // Estonian, Latvian, Lithuanian
        openers: "Kuupäev|Kuupäeval",
        verbs: "kirjutas|kirjutasid|rakstīja|raksta|parašė|rašė|parašė:",
        quoters: "Tsiteerin|Citējot|Cituoju",
        no_names: "mina|sina|tema|eile|es|tu|aš|vakar|vakar",
        originals: "originaalkiri|algne kiri|algne sõnum|edastatud kiri|edastatud sõnum|sākotnējā ziņa|sākotnējais ziņojums|\
                    pārsūtītā ziņa|pārsūtīts ziņojums|pradinis laiškas|originalus laiškas|persiųstas laiškas|\
                    persiųstas pranešimas|originaali kiri",
        from: "kellelt|saatja|no|nuo|siuntėjas|saatis",
        sent: "saadetud|kuupäev|nosūtīts|datums|išsiųsta|data|kpv",
        to: "kellele|adressaat|kam|kopija|saaja|adresāts",
        subject: "teema|tēma|temats|tema|pealkiri",
        devices: "saadetud minu |nosūtīts no |išsiųsta iš |saadetud |hankige outlook|izsūtīts no ",
        sending: "saadetud|nosūtīts|išsiųsta",
        below: "allpool|punasega|zemāk|sarkanā|žemiau|raudonai",
    },
    Language {
        // Hungarian
        openers: "",
        verbs: "írta|ezt írta|írta a következőt|a következőt írta|írta (dátum|írta ekkor|írja|írták|ezt írta (időpont",
        quoters: "Idézet|Idézve",
        no_names: "én|te|ő|mi|ti|ők|tegnap|valaki|ahogy|aki|ezt|és|de",
        originals: "eredeti üzenet|továbbított üzenet|továbbított levél|eredeti levél|eredeti e-mail|\
                    továbbított levél kezdete",
        from: "feladó|küldő",
        sent: "elküldve|dátum|küldve|elküldés dátuma|küldés dátuma|időpont",
        to: "címzett|másolatot kap|másolat|válaszcím",
        subject: "tárgy",
        devices: "elküldve az |elküldve a |küldve az |küldve a |elküldve: |outlook beszerzése|szerezd be az outlook",
        sending: "elküldve|küldve|küldtem",
        below: "alább|lentebb|lent.|pirossal|kékkel|a szövegben|sorok között",
    },
];
