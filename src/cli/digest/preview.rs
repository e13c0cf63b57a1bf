//! `digest preview`: what one reader would get.

use std::io::Write;

use anyhow::Context;
use mail_parser::MessageParser;

use super::super::arguments::{Preview, PreviewFormat};
use super::super::lookup;
use super::super::wording::{aside, note};
use crate::discussion::{Delivery, List, Member, MemberState};
use crate::installation::Installation;

pub(super) fn run(installation: &Installation, what: &Preview, out: &mut dyn Write) -> anyhow::Result<()> {
    let store = &installation.store;
    let list = lookup::list(store, &what.list)?;
    let member = lookup::member(store, &list, &what.member)?;
    if let Some(why) = gets_none(&member, &list) {
        note(why);
        return Ok(());
    }
    let at = what.at.unwrap_or_else(|| installation.clock.now());
    let parts = installation.job().preview(&list, &member, at)?;
    let signer = &installation.signer;
    let signed = parts.into_iter().map(|part| signer.signed(signer.current(), at, part));
    let parts = signed.collect::<Result<Vec<_>, _>>()?;
    if parts.is_empty() {
        note(format_args!("Nothing is new to {} on {}: they would get no digest.", member.address, list.name));
    }
    for part in &parts {
        write_part(part, what.format, out)?;
    }
    if parts.len() > 1 {
        aside(out, format_args!("The digest comes in {} mails, here one after the other.", parts.len()))?;
    }
    Ok(())
}

/// Why a member gets no digest, whatever is new.
fn gets_none(member: &Member, list: &List) -> Option<String> {
    let (address, name) = (&member.address, &list.name);
    match member.state {
        MemberState::Left => Some(format!("{address} has left {name}: they get nothing.")),
        MemberState::Paused => Some(format!("{address} is paused on {name}: they get nothing for now.")),
        MemberState::Active if member.delivery == Delivery::None => {
            Some(format!("{address} chose to get no mail from {name}."))
        }
        MemberState::Active => None,
    }
}

fn write_part(mail: &[u8], format: PreviewFormat, out: &mut dyn Write) -> anyhow::Result<()> {
    if format == PreviewFormat::Eml {
        return Ok(out.write_all(mail)?);
    }
    let parsed = MessageParser::default().parse(mail).context("the digest does not read back as a mail")?;
    let body = match format {
        PreviewFormat::Html => parsed.body_html(0),
        _ => parsed.body_text(0),
    };
    let body = body.context("the digest has no such part")?;
    Ok(out.write_all(body.replace("\r\n", "\n").as_bytes())?)
}
