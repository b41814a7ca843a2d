//! A message as an e-mail (RFC 5322, UTF-8 as of RFC 6532).

use hatchery_sdk::interfaces::notification::OutgoingMessage;

/// The text of an e-mail. Line ends in headers become spaces, so that no header can be smuggled in.
pub(crate) fn text(message: &OutgoingMessage, from: &str) -> String {
    let header = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!(
        "From: {}\r\nTo: {}\r\nSubject: {}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
        header(from),
        header(&message.to),
        header(&message.subject),
        message.text.replace('\n', "\r\n"),
    )
}

/// A file name made of a key: what is no letter, digit or dash becomes a dash.
pub(crate) fn file_name(key: &str) -> String {
    let name: String =
        key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{name}.eml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_cannot_smuggle_a_header_in() {
        let message = OutgoingMessage {
            key: "order-placed:1".into(),
            to: "a@b.c".into(),
            subject: "Hi\r\nBcc: x@y.z".into(),
            text: "one\ntwo".into(),
        };
        let text = text(&message, "shop");
        assert!(text.contains("Subject: Hi Bcc: x@y.z\r\n"));
        assert!(text.ends_with("\r\n\r\none\r\ntwo\r\n"));
        assert_eq!(file_name("order-placed:1/.."), "order-placed-1---.eml");
    }
}
