//! The interface `messenger`.

use async_trait::async_trait;
use hatchery_sdk::interfaces::notification::{Messenger, OutgoingMessage};
use hatchery_sdk::prelude::*;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::settings::{Encryption, SmtpSettings};

/// Sends e-mail through one server.
pub(crate) struct SmtpMessenger {
    /// The sender and the way out; absent when no server is set.
    out: Option<(Mailbox, AsyncSmtpTransport<Tokio1Executor>)>,
}

impl SmtpMessenger {
    /// Makes ready to send; connects when the first message leaves.
    pub(crate) fn new(settings: SmtpSettings) -> Result<Self> {
        if settings.host.is_empty() {
            return Ok(Self { out: None });
        }
        let invalid = |text: String| Error::invalid("message_smtp.settings", text);
        let from: Mailbox =
            settings.from.parse().map_err(|error| invalid(format!("from: {error}")))?;
        let host = settings.host.as_str();
        let builder = match settings.encryption {
            Encryption::Starttls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host),
            Encryption::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host),
            Encryption::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)),
        };
        let mut builder =
            builder.map_err(|error| invalid(format!("host: {error}")))?.port(settings.port);
        if !settings.username.is_empty() {
            let password = settings.password.expose().to_owned();
            builder = builder.credentials(Credentials::new(settings.username, password));
        }
        Ok(Self { out: Some((from, builder.build())) })
    }
}

#[async_trait]
impl Messenger for SmtpMessenger {
    async fn ready(&self, _: &Ctx) -> Result<bool> {
        Ok(self.out.is_some())
    }

    async fn deliver(&self, _: &Ctx, messages: Vec<OutgoingMessage>) -> Result<()> {
        let Some((from, transport)) = &self.out else {
            let text = "message-smtp has no mail server; set its host.";
            return Err(Error::new(Kind::Unavailable, "message_smtp.no_host", text));
        };
        for message in messages {
            let mail = mail(from, &message)?;
            transport.send(mail).await.map_err(|error| {
                let text = "The mail server did not take the message; it is tried again.";
                Error::new(Kind::Unavailable, "message_smtp.refused", text).with_source(error)
            })?;
        }
        Ok(())
    }
}

fn mail(from: &Mailbox, message: &OutgoingMessage) -> Result<Message> {
    let invalid = |text: String| Error::invalid("message_smtp.invalid", text);
    let to: Mailbox =
        message.to.parse().map_err(|_| invalid("the address is no mailbox".into()))?;
    let key: String =
        message.key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '.' }).collect();
    Message::builder()
        .from(from.clone())
        .to(to)
        // One line: a line end in a subject could begin a header.
        .subject(message.subject.split_whitespace().collect::<Vec<_>>().join(" "))
        .message_id(Some(format!("<{key}@{}>", from.email.domain())))
        .header(ContentType::TEXT_PLAIN)
        .body(message.text.clone())
        .map_err(|error| invalid(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_by_its_key() {
        let from: Mailbox = "Shop <shop@example.org>".parse().unwrap();
        let message = OutgoingMessage {
            key: "order-placed:1".into(),
            to: "ada@example.org".into(),
            subject: "Thanks\r\nBcc: x@y.z".into(),
            text: "Hello".into(),
        };
        let text = String::from_utf8(mail(&from, &message).unwrap().formatted()).unwrap();
        assert!(text.contains("Message-ID: <order.placed.1@example.org>"), "{text}");
        assert!(!text.contains("\nBcc:"), "{text}");
        let nobody = OutgoingMessage { to: "nobody".into(), ..message };
        assert!(mail(&from, &nobody).is_err());
    }
}
