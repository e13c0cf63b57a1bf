//! stub
use crate::message::Mail;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind { Mail, Bounce, AutoReply, Complaint }
pub fn kind(_mail:&Mail, _n: bool)->MailKind{MailKind::Mail}
