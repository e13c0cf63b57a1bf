//! A word for the list's machinery that went to the list itself.

/// How people write that they want to leave, as the only thing that they say.
const LEAVING: [&str; 24] = [
    "unsubscribe",
    "unsubscribe me",
    "remove me",
    "abmelden",
    "abbestellen",
    "désabonner",
    "me désabonner",
    "désinscription",
    "désinscrire",
    "cancelar suscripción",
    "darme de baja",
    "desuscribir",
    "desuscribirme",
    "cancelar inscrição",
    "descadastrar",
    "disiscrivimi",
    "cancellami",
    "uitschrijven",
    "afmelden",
    "отписаться",
    "отпишите меня",
    "avregistrera",
    "退订",
    "配信停止",
];

/// Whether all that somebody says is that they want to leave: kept for a person to do it, never published.
pub(super) fn asks_to_leave(said: &str) -> bool {
    const LONGEST: usize = 80;
    if said.len() > LONGEST {
        return false;
    }
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let words: Vec<String> = said.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    let polite = ["please", "bitte", "thanks", "danke", "merci", "gracias", "por", "favor", "from", "this", "list"];
    let rest: Vec<&str> = words.iter().map(String::as_str).filter(|word| !polite.contains(word)).collect();
    LEAVING.contains(&rest.join(" ").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_to_leave_is_known_where_nothing_else_is_said() {
        for said in [
            "unsubscribe",
            "Unsubscribe.",
            "Please unsubscribe me from this list!",
            "ABMELDEN",
            "Bitte abmelden",
            "退订",
        ] {
            assert!(asks_to_leave(said), "{said}");
        }
        for said in
            ["", "please", "How do I unsubscribe?", "I would unsubscribe from such a list", "unsubscribe\n\nno, wait"]
        {
            assert!(!asks_to_leave(said), "{said}");
        }
    }
}
