//! stub
use crate::discussion::Block;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind { Said, Quote, Attribution, Signature, Footer }
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span { pub kind: SpanKind, pub text: String }
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reading { pub spans: Vec<Span> }
impl Reading { pub fn said(&self)->String{String::new()} pub fn blocks(&self)->Vec<Block>{vec![]} pub fn quoted_lines(&self)->Vec<String>{vec![]} }
pub fn read(_text:&str)->Reading{Reading::default()}
