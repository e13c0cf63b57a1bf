//! A lawyer's notice at the end: only where it says several of the things that such notices say.

use crate::reply::line::Line;

/// Lines and bytes that one has at most and at least.
const LINES: usize = 40;
const BYTES: usize = 120;

/// Bytes in which its first words are looked for.
const OPENING_BYTES: usize = 60;

/// What it says; three of them make one, in any of these languages.
const PHRASES: [&str; 46] = [
    "confidential",
    "intended recipient",
    "privileged",
    "in error",
    "notify the sender",
    "delete",
    "disclosure",
    "unauthorized",
    "unauthorised",
    "addressee",
    "attachments",
    "vertraulich",
    "adressat",
    "empfänger",
    "irrtümlich",
    "vernichten",
    "löschen",
    "unbefugt",
    "confidentiel",
    "destinataire",
    "par erreur",
    "expéditeur",
    "détruire",
    "pièces jointes",
    "confidenciales",
    "destinatario",
    "por error",
    "eliminar",
    "adjuntos",
    "confidenciais",
    "destinatário",
    "por engano",
    "riservat",
    "per errore",
    "allegati",
    "vertrouwelijk",
    "geadresseerde",
    "abusievelijk",
    "verwijder",
    "poufne",
    "adresat",
    "omyłkowo",
    "конфиденциальн",
    "адресат",
    "gizli",
    "silin",
];

/// Words with which one starts: a person who writes of such things starts otherwise.
const OPENINGS: [&str; 34] = [
    "this e-mail",
    "this email",
    "this message",
    "the information contained in",
    "the information in this",
    "the contents of this",
    "confidentiality notice",
    "confidentiality:",
    "disclaimer",
    "notice:",
    "important notice",
    "legal notice",
    "legal disclaimer",
    "diese e-mail",
    "diese email",
    "diese nachricht",
    "der inhalt dieser",
    "hinweis:",
    "ce message",
    "ce courriel",
    "ce mail",
    "les informations contenues",
    "este mensaje",
    "este correo",
    "la información contenida",
    "aviso legal",
    "esta mensagem",
    "este e-mail",
    "le informazioni contenute",
    "questo messaggio",
    "dit bericht",
    "deze e-mail",
    "de informatie in dit",
    "ta wiadomość",
];

/// Where the notice starts that is the last paragraph, or the last few.
pub(super) fn start_in(said: &[Line<'_>]) -> Option<usize> {
    let from = said.len().saturating_sub(LINES);
    let stands_apart = |at: usize| at == 0 || !said[at - 1].text.contains(char::is_alphanumeric);
    let start = (from..said.len()).rev().find(|at| stands_apart(*at) && opens(said[*at].text))?;
    let lower: String = said[start..].iter().map(|line| line.text.to_lowercase() + " ").collect();
    let says = PHRASES.iter().filter(|phrase| lower.contains(**phrase)).count();
    // Alone it is all that the mail says.
    (says >= 3 && lower.len() >= BYTES && start > 0).then_some(start)
}

fn opens(line: &str) -> bool {
    let line = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    let start = line[..line.floor_char_boundary(OPENING_BYTES)].to_lowercase();
    OPENINGS.iter().any(|opening| start.starts_with(opening))
}
