//! English and the Romance languages.

use super::Language;

pub(super) const LANGUAGES: &[Language] = &[
    Language {
        // English
        openers: "On|At",
        verbs: "wrote|writes|has written",
        quoters: "Quoting|In article|In message|In a message dated|In reply to|Thus spake|According to|Once upon a time|Message from",
        no_names: "a|again|also|and|as|because|but|earlier|he|here|i|it|last|like|man|once|or|people|previously|recently|she|\
                   so|somebody|someone|then|they|this|today|we|what|when|who|yesterday|you|the|my|your|his|her|our|if|in|\
                   there|that|these|those|which|until|since|before|after|just|even|now|never|always|thus|not|no|yes|everybody|everyone|nobody|anybody|others|many|all|one|friend|father|mother|\
                   brother|sister|wife|husband|them|their|its|above|below|hereby|first|second|already|finally|really|that's",
        originals: "original message|forwarded message|original email|original e-mail|original mail|original appointment|\
                    begin forwarded message|reply message|message from|original post|reply above this line|\
                    please reply above this line",
        from: "from|sender|reply from",
        sent: "sent|date|sent on|received|sent at|sent date",
        to: "to|cc|reply-to|reply to|bcc",
        subject: "subject|title",
        devices: "sent from my |sent from a phone|sent from a mobile|sent from a cell|sent from a tablet|sent from a smart|sent from mail|sent from [mail|sent from windows|sent from samsung|sent from huawei|sent from iphone|\
                  sent from ipad|sent from galaxy|sent from the all new aol|sent via the samsung|sent from outlook|sent from yahoo|sent from proton|\
                  sent with proton|sent from aol|sent via my |sent on the go|sent on the move|get outlook for |\
                  get [outlook for |sent with k-9|sent from android|sent from gmail|sent from mobile|sent via mobile|\
                  sent by galaxy|sent from phone|\
                  sent with airmail|sent with spark|sent from typeapp|sent from tutanota|sent with tutanota|sent from nine|\
                  sent from bluemail|sent with mailtrack|sent from zoho|sent from superhuman|sent via superhuman|\
                  sent from front|sent with shift|sent from my|sent from newton|sent from hey|sent from fastmail|\
                  sent with mozilla|sent with canary|sent from cloudmagic|sent from polymail|sent from edison mail|\
                  sent from alto|sent from inbox|sent using zoho|sent using protonmail|sent from postbox|sent with postbox|\
                  secured with tutanota|powered by cricket|this message was sent from my |sent from icloud|\
                  sent through the |please excuse my brevity|please excuse brevity|please excuse any typos|sent from xfinity|\
                  sent from surface|sent from boxer|sent with blackberry|typed on my |typed with my thumbs|yahoo mail: ",
        sending: "",
        below: "see below|below.|below:|below!|below,|answers below|comments below|replies below|below in|inline|in-line|in red|\
                in blue|in green|between the lines|interspersed|in caps|in capitals|marked with|under each question|point by point",
    },
    Language {
        // French
        openers: "Le|Au|En date du",
        verbs: "a écrit|écrit|a ecrit|écrivait|a répondu|a envoyé",
        quoters: "Citation de|Selon|Quoting",
        no_names: "je|j'ai|tu|il|elle|on|nous|vous|ils|elles|comme|et|mais|qui|ce|hier|quelqu'un|si|puis|ainsi|donc",
        originals: "message d'origine|message d’origine|message original|message transféré|message initial|\
                    message d'origine envoyé|début du message transféré|début du message réexpédié|message réexpédié|message transmis|réponse au message|e-mail d'origine|\
                    courriel original|message transféré de",
        from: "de|expéditeur|message de|émetteur",
        sent: "envoyé|date|envoyé le|message du|date d'envoi|date d’envoi|envoyé (e)",
        to: "à|a|copie à|destinataire|pour|cc|répondre à|copie",
        subject: "objet|sujet",
        devices: "envoyé de mon |envoyé depuis mon |envoyé depuis ma |envoyé à partir de |envoyé à partir d|\
                  télécharger outlook pour |obtenez outlook pour |obtenir outlook pour |envoyé avec |envoyé par mon |\
                  provenance : courrier|envoyé depuis l'appli|envoyé depuis yahoo|envoyé depuis un |envoyé d'un |\
                  envoyé via mon |téléchargez outlook pour ",
        sending: "envoyé|expédié",
        below: "ci-dessous|plus bas|en rouge|en bleu|en vert|en gras|dans le texte|dans le corps|\
                entre les lignes",
    },
    Language {
        // Spanish
        openers: "El|En fecha|Con fecha|En",
        verbs: "escribió|escribio|ha escrito|escribieron|escribía|escribe",
        quoters: "Citando a|Citando|Mensaje citado por",
        no_names: "yo|tú|él|ella|como|y|pero|quien|ayer|alguien|nosotros|ellos|así|entonces|donde|cuando|también",
        originals: "mensaje original|mensaje reenviado|inicio del mensaje reenviado|mensaje enviado|correo original|\
                    correo electrónico original|mensaje de origen",
        from: "de|remitente|desde",
        sent: "enviado|fecha|enviado el|enviado a las|fecha de envío",
        to: "para|a|cc|responder a|destinatario",
        subject: "asunto",
        devices: "enviado desde mi |enviado desde |obtener outlook para |enviado de mi |obtén outlook para |\
                  descargar outlook para |enviado con |enviado a través de |mandado desde mi |obtenga outlook para ",
        sending: "enviado|enviada|mandado",
        below: "más abajo|abajo.|abajo:|ver abajo|en rojo|en azul|en verde|en negrita|a continuación|\
                entre líneas|en el texto|en el cuerpo",
    },
    Language {
        // Portuguese
        openers: "Em|No dia|Na data|A",
        verbs: "escreveu|escreveram|escreveu o seguinte|escreve",
        quoters: "Citando|Quoting",
        no_names: "eu|ele|ela|ontem|nós|eles|quem|alguém|você|mas|quando",
        originals: "mensagem original|mensagem encaminhada|início da mensagem encaminhada|mensagem reencaminhada|\
                    e-mail original|mensagem de origem",
        from: "de|remetente",
        sent: "enviado em|enviada em|data|enviado|enviada|data de envio|enviado:",
        to: "para|cc|com cópia|responder a",
        subject: "assunto",
        devices: "enviado do meu |enviado a partir do meu |obter o outlook para |enviado do |enviado via |enviada do meu |\
                  baixe o outlook para |obtenha o outlook para |enviado pelo meu |enviado através do |enviado com ",
        sending: "enviado|enviada",
        below: "abaixo|em vermelho|em azul|em verde|a negrito|em negrito|no texto|no corpo|nas entrelinhas",
    },
    Language {
        // Italian
        openers: "Il|In data|Il giorno|Lo|Alle",
        verbs: "ha scritto|scrisse|scrive|hanno scritto|ha scritto quanto segue",
        quoters: "Citando|Quoting",
        no_names: "io|lui|lei|ieri|come|chi|noi|voi|loro|qualcuno|ma|poi|così|e",
        originals: "messaggio originale|messaggio inoltrato|inizio messaggio inoltrato|inizio del messaggio inoltrato|\
                    messaggio da inoltrare|e-mail originale",
        from: "da|mittente",
        sent: "inviato|data|inviata|data di invio|inviato il",
        to: "a|cc|risposta|rispondi a|destinatario",
        subject: "oggetto",
        devices: "inviato da |inviato dal mio |scarica outlook per |inviato con |inviata da |ottieni outlook per |\
                  inviato tramite |spedito dal mio ",
        sending: "inviato|inviata|spedito",
        below: "qui sotto|sotto.|sotto:|vedi sotto|in rosso|in blu|in verde|in grassetto|di seguito|\
                nel testo|tra le righe",
    },
    Language {
        // Romanian
        openers: "În|Pe|La data de|În data de|Pe data de",
        verbs: "a scris|a scris următoarele|scria|scrie",
        quoters: "Citez din|Citat din",
        no_names: "eu|tu|el|ea|noi|voi|ei|ieri|cum|cine|cineva|și|dar",
        originals: "mesaj original|mesaj redirecționat|mesajul original|mesaj transmis mai departe|\
                    începutul mesajului redirecționat|mesaj forwardat",
        from: "de la|expeditor|din partea",
        sent: "trimis|data|dată|trimis la",
        to: "către|la|destinatar|catre",
        subject: "subiect",
        devices: "trimis de pe |trimis din |trimise de pe |obțineți outlook pentru |descărcați outlook pentru ",
        sending: "trimis",
        below: "mai jos|cu roșu|cu roşu|cu albastru|în text",
    },
    Language {
        // Catalan, Galician
        openers: "El dia|O|El",
        verbs: "va escriure|ha escrit|escribiu|escriviu|ha escrit el següent",
        quoters: "Missatge de|Missatge citat per",
        no_names: "jo|ell|nosaltres|ahir|eu|onte",
        originals: "missatge original|missatge reenviat|mensaxe orixinal|mensaxe reenviada",
        from: "de|remitent",
        sent: "data|enviat|enviat el",
        to: "a|per a|per|para",
        subject: "assumpte|tema|asunto",
        devices: "enviat des de|enviat des del meu |obtén l'outlook per a ",
        sending: "enviat",
        below: "més avall|a sota|en vermell|en blau|máis abaixo|en vermello",
    },
];
