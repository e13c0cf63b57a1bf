//! The Slavic languages, Greek, Albanian and Turkish.

use super::Language;

pub(super) const LANGUAGES: &[Language] = &[
    Language {
        // Polish
        openers: "W dniu|Dnia|W|Dn.",
        verbs: "napisał|napisała|napisał(a)|pisze|napisał/a|napisali|napisał/-a|napisano|pisał|użytkownik napisał",
        quoters: "Wiadomość napisana przez|Cytowanie|Cytat|Cytuję",
        no_names: "ja|ty|on|ona|wczoraj|jak|my|wy|oni|ktoś|kto|ale|i|to|gdy",
        originals: "oryginalna wiadomość|wiadomość oryginalna|treść przekazanej wiadomości|przekazana wiadomość|\
                    wiadomość przekazana dalej|początek przekazanej wiadomości|wiadomość oryginalna od|\
                    początek przesyłanej dalej wiadomości|oryginalny e-mail|oryginalny list|przesłana wiadomość",
        from: "od|nadawca",
        sent: "wysłano|data|wysłane|wysłany|data wysłania|dnia",
        to: "do|dw|adresat|odbiorca|kopia|odpowiedź do",
        subject: "temat",
        devices: "wysłane z |wysłano z |pobierz outlook|wysłane za pomocą |wysłano za pomocą |wysłane przez |\
                  pobierz program outlook",
        sending: "wysłan",
        below: "poniżej|niżej|na czerwono|na niebiesko|w tekście|między wierszami",
    },
    Language {
        // Czech
        openers: "Dne|V",
        verbs: "napsal|napsala|napsal(a)|napsali|napsal/a|píše|napsal(a) následující|napsal/-a",
        quoters: "Cituji|Citace od|Citát",
        no_names: "já|ty|včera|jak|on|ona|my|vy|oni|někdo|kdo|ale|a",
        originals: "původní zpráva|přeposlaná zpráva|původní e-mail|začátek přeposlané zprávy|původní e-mailová zpráva|\
                    předaná zpráva|přeposlaný e-mail|původní email",
        from: "od|odesílatel|odesilatel",
        sent: "odesláno|datum|dne|odeslané|odesláno dne",
        to: "komu|kopie|příjemce|odpověď na|pro",
        subject: "předmět|věc",
        devices: "odesláno z |odesláno ze |odesláno pomocí |stáhněte si outlook|získejte outlook|stáhnout outlook|\
                  získat outlook",
        sending: "odeslán|odeslan|posláno",
        below: "níže|červeně|modře|v textu|mezi řádky",
    },
    Language {
        // Slovak
        openers: "Dňa|Dna|V",
        verbs: "napísal|napísala|napísal(a)|napísal/a|napísali|píše|napísal/-a",
        quoters: "Citujem|Citát od",
        no_names: "ja|ty|včera|ako|on|ona|my|vy|oni|niekto|kto|ale|a",
        originals: "pôvodná správa|preposlaná správa|pôvodný e-mail|začiatok preposlanej správy|pôvodná e-mailová správa|\
                    odovzdaná správa|preposlaný e-mail",
        from: "od|odosielateľ",
        sent: "odoslané|dátum|odoslaná|dňa|poslané",
        to: "komu|kópia|príjemca|odpoveď na|adresát|pre",
        subject: "predmet|vec",
        devices: "odoslané z |odoslané zo |poslané z |získajte outlook|získať outlook|stiahnuť outlook|odoslané pomocou ",
        sending: "odoslan|poslan",
        below: "nižšie|červenou|modrou|v texte|medzi riadkami",
    },
    Language {
        // Croatian, Serbian, Bosnian, Slovenian
        openers: "Dana|Dne|U|V|Na dan",
        verbs: "napisao je|napisala je|je napisao/la|je napisao|je napisala|piše|je napisao/napisala|napisao/la je|\
                je napisal(a)|je napisal|je oseba|je napisal/a|napisal|napisala|napisao|је написао|је написао/ла|\
                је написала|пише|је написао(ла)|je napisao(la)|je napisao/la sljedeće|je pisal|je pisala",
        quoters: "Citiranje|Citat|Navajam|Citiram",
        no_names: "ja|ti|on|ona|mi|vi|oni|jučer|juče|jaz|včeraj|kako|tko|ko|kdo|ali|a|i",
        originals: "izvorna poruka|originalna poruka|proslijeđena poruka|prosleđena poruka|izvirno sporočilo|\
                    posredovano sporočilo|originalno sporočilo|оригинална порука|прослеђена порука|изворна порука|\
                    početak proslijeđene poruke|začetek posredovanega sporočila|izvorno sporočilo",
        from: "od|šalje|pošiljatelj|шаље|од|pošiljalac",
        sent: "poslano|datum|poslato|послато|датум|poslano dana",
        to: "za|prima|kopija|kome|za:|primatelj|коме|за|prejemnik|primalac|odgovori",
        subject: "predmet|naslov|zadeva|тема|наслов|tema|предмет",
        devices: "poslano s |poslano sa |poslano iz |poslato sa |poslato s |послато са |послато с |preuzmite outlook|\
                  nabavite outlook|pridobite outlook|prenesite outlook|dohvati outlook",
        sending: "poslano|poslato|послато|poslan",
        below: "u nastavku|ispod.|crvenom|plavom|u tekstu|spodaj|z rdečo|v besedilu|у наставку|црвеном",
    },
    Language {
        // Russian
        openers: "В|От",
        verbs: "пишет|написал|написала|написал(а)|писал|писала|написали|пишете|написал:а|вы писали|ты писал|вы писали",
        quoters: "Цитирую|Цитата|Цитирование",
        no_names: "я|ты|он|она|мы|вы|вчера|как|они|кто|кто-то|но|и|а|это|когда|потом|сегодня",
        originals: "исходное сообщение|пересылаемое сообщение|пересланное сообщение|начало переадресованного сообщения|\
                    конец пересылаемого сообщения|оригинальное сообщение|исходное письмо|начало пересылаемого сообщения|\
                    пересылаемое письмо|перенаправленное сообщение|первоначальное сообщение|пересланное письмо",
        from: "от|от кого|отправитель",
        sent: "отправлено|дата|отправлен|послано|дата отправки|время",
        to: "кому|копия|получатель|ответить|обратный адрес|куда",
        subject: "тема|предмет",
        devices: "отправлено с |отправлено из |отправлено со |скачать outlook|загрузить outlook|получить outlook|\
                  отправлено от |отправлено через |написано с |--  отправлено",
        sending: "отправлен|послано|написано",
        below: "ниже|красным|синим|зеленым|зелёным|в тексте|по тексту|между строк",
    },
    Language {
        // Ukrainian, Belarusian
        openers: "У|В",
        verbs: "пише|написав|написала|написав(ла)|написав(-ла)|писав|писала|написали|піша|напісаў|напісала|\
                напісаў(-ла)|написав/ла|написав(а)",
        quoters: "Цитую|Цитата",
        no_names: "я|ти|він|вона|ми|ви|вони|вчора|як|хто|хтось|але|і|ён|яна|учора",
        originals: "оригінальне повідомлення|переслане повідомлення|вихідне повідомлення|початкове повідомлення|\
                    початок переадресованого повідомлення|переадресоване повідомлення|оригінальний лист|\
                    перасланае паведамленне|арыгінальнае паведамленне|пересланий лист|початок пересланого повідомлення",
        from: "від|від кого|відправник|ад|ад каго",
        sent: "надіслано|дата|відправлено|надісланий|адпраўлена|час",
        to: "кому|копія|одержувач|отримувач|каму|копія для",
        subject: "тема",
        devices: "надіслано з |надіслано із |надіслано зі |відправлено з |відправлено із |отримати outlook|\
                  завантажити outlook|адпраўлена з |отримайте outlook|написано з ",
        sending: "надіслан|відправлен|адпраўлен|написано",
        below: "нижче|червоним|синім|в тексті|у тексті|по тексту|ніжэй|чырвоным",
    },
    Language {
        // Bulgarian, Macedonian
        openers: "На|В",
        verbs: "написа|написа следното|пише|писа|написал|написала|написа:|напиша",
        quoters: "Цитирам|Цитат от|Цитиране на",
        no_names: "аз|ти|той|тя|ние|вие|те|вчера|как|някой|кой|но|и|јас|тој|таа",
        originals: "оригинално съобщение|препратено съобщение|първоначално съобщение|начало на препратеното съобщение|\
                    изходно съобщение|оригинална порака|препратена порака|оригинално писмо|препратено писмо",
        from: "от|подател|изпращач|од",
        sent: "изпратено|дата|изпратен|испратено|датум",
        to: "до|копие|получател|за|относно до|копие до",
        subject: "тема|относно|предмет",
        devices: "изпратено от |изпратен от |изтеглете outlook|вземете outlook|испратено од |изпратено с |изтегляне на outlook",
        sending: "изпратен|испратен",
        below: "по-долу|в червено|в синьо|в текста|подолу|со црвено",
    },
    Language {
        // Greek
        openers: "Στις|Την|Στις/Την|Τη|Στισ",
        verbs: "έγραψε|γράφει|έγραψαν|έγραψε τα εξής|έγραψε τα ακόλουθα|έγραψες|ο χρήστης έγραψε|εγραψε|έγραψεν",
        quoters: "Παράθεση|Παράθεση από|Παραθέτω",
        no_names: "εγώ|εσύ|αυτός|αυτή|εμείς|εσείς|χθες|χτες|όπως|ποιος|κάποιος|και|αλλά",
        originals: "αρχικό μήνυμα|προωθημένο μήνυμα|αρχή προωθημένου μηνύματος|πρωτότυπο μήνυμα|προωθούμενο μήνυμα|\
                    έναρξη προωθημένου μηνύματος|αρχικό μήνυμα ηλεκτρονικού ταχυδρομείου|αρχικό email",
        from: "από|αποστολέας|απο",
        sent: "στάλθηκε|ημερομηνία|εστάλη|αποστολή|ημ/νία|απεστάλη",
        to: "προς|κοιν|κοιν.|κοινοποίηση|παραλήπτης|απάντηση προς|για",
        subject: "θέμα",
        devices: "στάλθηκε από |εστάλη από |λήψη του outlook|αποκτήστε το outlook|απεστάλη από |αποστολή από |\
                  κατεβάστε το outlook",
        sending: "στάλθηκε|εστάλη|απεστάλη|αποστολή|αποστάλθηκε",
        below: "παρακάτω|πιο κάτω|με κόκκινο|με μπλε|στο κείμενο",
    },
    Language {
        // Turkish, Azerbaijani, Albanian
        openers: "Tarih:|Më",
        verbs: "yazdı|şunu yazdı|şunları yazdı|yazmış|tarihinde yazdı|şöyle yazdı|yazdi|tarihinde şunu yazdı|yazıb|\
                shkroi|ka shkruar|yazdılar|tarihinde şunları yazdı|tarihli e-postasında yazdı",
        quoters: "Alıntı|Alıntılanan|Duke cituar",
        no_names: "ben|sen|o|biz|siz|onlar|dün|biri|kim|gibi|ama|ve|bu|mən|unë|ti|ai|ajo|dje",
        originals: "özgün ileti|özgün i̇leti|orijinal i̇leti|orijinal mesaj|iletilen mesaj|yönlendirilmiş mesaj|özgün mesaj|orijinal ileti|iletilmiş mesaj|\
                    i̇letilen mesaj|yönlendirilen ileti|orijinal e-posta|başlangıç iletilen mesaj|iletilen ileti|\
                    yönlendirilmiş ileti|i̇letilmiş mesaj|orijinal mesaj alıntısı|mesazhi origjinal|mesazh i përcjellë",
        from: "kimden|gönderen|nga",
        sent: "gönderildi|tarih|gönderilme tarihi|gönderme tarihi|gönderilme|dërguar|data|gönderim",
        to: "kime|alıcı|bilgi|yanıtla|për|kopja",
        subject: "konu|subjekti|tema|mövzu",
        devices: "outlook'u edinin|i̇phone'umdan gönderildi|iphone'umdan gönderildi|android için outlook|\
                  ios için outlook|dërguar nga |telefonumdan gönderildi",
        sending: "gönderildi|gönderilmiştir|dërguar",
        below: "aşağıda|kırmızı ile|kırmızıyla|mavi ile|metin içinde|satır aralarında|më poshtë|me të kuqe",
    },
];
