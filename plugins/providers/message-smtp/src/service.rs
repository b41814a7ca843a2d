//! The interface `messenger`.

use std::thread;

use async_trait::async_trait;
use futures::channel::oneshot;
use hatchery_sdk::interfaces::notification::{Messenger, OutgoingMessage};
use hatchery_sdk::prelude::*;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Message, SmtpTransport, Transport};

use crate::settings::{Encryption, SmtpSettings};

/// Sends e-mail through one server.
pub(crate) struct SmtpMessenger {
    /// The sender and the way out; absent when no server is set.
    out: Option<(Mailbox, SmtpTransport)>,
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
            Encryption::Starttls => SmtpTransport::starttls_relay(host),
            Encryption::Tls => SmtpTransport::relay(host),
            Encryption::None => Ok(SmtpTransport::builder_dangerous(host)),
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
        let mails = messages.iter().map(|message| mail(from, message)).collect::<Result<_>>()?;
        send(transport.clone(), mails).await
    }
}

/// Sends on a thread of its own: a component that is a library has no runtime that could wait for a socket.
async fn send(transport: SmtpTransport, mails: Vec<Message>) -> Result<()> {
    let (done, sent) = oneshot::channel();
    let work = move || {
        let sent: Result<(), SmtpError> =
            mails.iter().try_for_each(|mail| transport.send(mail).map(drop));
        // Nobody waits any more when the call was given up.
        drop(done.send(sent));
    };
    thread::Builder::new().name("message-smtp".into()).spawn(work).map_err(Error::internal)?;
    let sent = sent.await.map_err(|_| Error::internal("the thread that sends mail ended early"))?;
    sent.map_err(|error| {
        let text = "The mail server did not take the message; it is tried again.";
        Error::new(Kind::Unavailable, "message_smtp.refused", text).with_source(error)
    })
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
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use super::*;

    /// A mail server that takes one connection and gives the lines that it heard.
    fn server() -> (u16, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let serve = move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let (mut heard, mut is_mail) = (Vec::new(), false);
            stream.write_all(b"220 test\r\n").unwrap();
            while let Some(Ok(line)) = lines.next() {
                let answer: &[u8] = match line.as_str() {
                    "." => b"250 taken\r\n",
                    _ if is_mail => b"",
                    "DATA" => b"354 go on\r\n",
                    "QUIT" => b"221 bye\r\n",
                    _ => b"250 fine\r\n",
                };
                is_mail = line == "DATA" || (is_mail && line != ".");
                stream.write_all(answer).unwrap();
                heard.push(line);
            }
            heard
        };
        (port, thread::spawn(serve))
    }

    #[test]
    fn mail_leaves_without_a_runtime_for_sockets() {
        let (port, server) = server();
        let settings = SmtpSettings {
            host: "127.0.0.1".into(),
            port,
            encryption: Encryption::None,
            from: "Shop <shop@example.org>".into(),
            ..SmtpSettings::default()
        };
        let (from, transport) = SmtpMessenger::new(settings).unwrap().out.unwrap();
        let message = OutgoingMessage {
            key: "1".into(),
            to: "ada@example.org".into(),
            subject: "Thanks".into(),
            text: "Hello".into(),
        };
        let mails = vec![mail(&from, &message).unwrap()];
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(send(transport.clone(), mails.clone())).unwrap();
        drop(transport);
        let heard = server.join().unwrap();
        assert!(heard.iter().any(|line| line == "RCPT TO:<ada@example.org>"), "{heard:?}");
        assert!(heard.iter().any(|line| line == "Hello"), "{heard:?}");
        // Nobody listens there any more.
        let nowhere = SmtpTransport::builder_dangerous("127.0.0.1").port(port).build();
        let error = runtime.block_on(send(nowhere, mails)).err().unwrap();
        assert_eq!((error.kind(), error.code()), (Kind::Unavailable, "message_smtp.refused"));
    }

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
