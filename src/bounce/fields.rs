//! The fields of a report's machine-readable part (RFC 3464 §2.1.1, RFC 5965 §3, RFC 8098 §3): like headers, in groups
//! that blank lines end.

/// Most fields that are read of one part.
const MOST: usize = 20_000;

/// Most bytes of a value that are kept.
const VALUE_BYTES: usize = 4_000;

/// A field: its name in small letters, its value on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub name: String,
    pub value: String,
}

/// The groups of fields in a text; lines that are no field and go on with none are left out.
pub(super) fn groups(text: &str) -> Vec<Vec<Field>> {
    let mut groups = vec![Vec::new()];
    let mut count = 0;
    // Whether the next line may go on with the last field.
    let mut is_open = false;
    for line in text.lines() {
        if count >= MOST {
            break;
        }
        let last: &mut Vec<Field> = match groups.last_mut() {
            Some(last) => last,
            None => break,
        };
        if line.trim().is_empty() {
            if !last.is_empty() {
                groups.push(Vec::new());
            }
            is_open = false;
        } else if let (true, true, Some(field)) = (is_open, line.starts_with([' ', '\t']), last.last_mut()) {
            go_on(&mut field.value, line.trim());
        } else if let Some((name, value)) = field(line) {
            last.push(Field { name, value: cut(value, VALUE_BYTES).to_owned() });
            count += 1;
            is_open = true;
        } else {
            is_open = false;
        }
    }
    groups
}

fn go_on(value: &mut String, more: &str) {
    let room = VALUE_BYTES.saturating_sub(value.len());
    if room > 0 {
        value.push(' ');
        value.push_str(cut(more, room));
    }
}

fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// A line `Name: value`; a few systems indent them all.
fn field(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.trim().split_once(':')?;
    let name = name.trim_end();
    let good = !name.is_empty() && name.len() <= 60 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    good.then(|| (name.to_ascii_lowercase(), value.trim()))
}

/// The first value of that name in a group.
pub(super) fn first<'a>(group: &'a [Field], name: &str) -> Option<&'a str> {
    group.iter().find(|field| field.name == name).map(|field| field.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_end_with_a_blank_line_and_values_go_on_when_indented() {
        let text =
            "Reporting-MTA: dns; mx.example\n\n\nAction : failed\nDiagnostic-Code: smtp; 550\n  no such\n\tuser\n";
        let read: Vec<Vec<(String, String)>> = groups(text)
            .into_iter()
            .map(|group| group.into_iter().map(|field| (field.name, field.value)).collect())
            .collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            read,
            [
                vec![pair("reporting-mta", "dns; mx.example")],
                vec![pair("action", "failed"), pair("diagnostic-code", "smtp; 550 no such user")],
            ]
        );
    }

    #[test]
    fn what_is_no_field_is_left_out_and_endless_values_are_cut() {
        let text = format!("one two: three\n: x\nSmile\nA: {}\n b\n", "é".repeat(VALUE_BYTES));
        let groups = groups(&text);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].len(), 1);
        assert!(groups[0][0].value.len() <= VALUE_BYTES);
    }
}
