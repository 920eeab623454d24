//! The decrypted byte stream of one client, with a scanner looking on and the time noted.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use countersign_core::Reason;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{
    activity::Activity,
    scan::{Findings, Scanner},
};

/// What the scanner of an HTTP/1 connection found.
#[derive(Debug)]
pub(crate) struct Scan(Mutex<(Scanner, Findings)>);

impl Scan {
    pub(crate) fn new(max_header_bytes: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new((Scanner::new(max_header_bytes), Findings::new()))))
    }

    fn lock(&self) -> MutexGuard<'_, (Scanner, Findings)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The finding for the next head. One that the scanner did not see is refused: the two parsers
    /// disagree about where it starts.
    pub(crate) fn next_flaw(&self) -> Option<Reason> {
        self.lock().1.pop_front().unwrap_or(Some(Reason::FramingAmbiguous))
    }

    /// From here on the bytes are a tunnel's.
    pub(crate) fn stop(&self) {
        self.lock().0.stop();
    }
}

#[derive(Debug)]
pub(crate) struct Wire<S> {
    stream: S,
    activity: Arc<Activity>,
    scan: Option<Arc<Scan>>,
}

impl<S> Wire<S> {
    /// `scan` for HTTP/1; HTTP/2 has its own framing.
    pub(crate) fn new(stream: S, activity: Arc<Activity>, scan: Option<Arc<Scan>>) -> Self {
        Self { stream, activity, scan }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let (Poll::Ready(Ok(())), Some(new)) = (&result, buf.filled().get(before..)) {
            let in_head = self.scan.as_ref().is_some_and(|scan| {
                let (scanner, findings) = &mut *scan.lock();
                scanner.scan(new, findings);
                scanner.in_head()
            });
            self.activity.read(in_head);
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    fn note(&self, result: &Poll<io::Result<usize>>) {
        match result {
            Poll::Ready(Ok(n)) if *n > 0 => self.activity.wrote(true),
            Poll::Pending => self.activity.wrote(false),
            Poll::Ready(_) => {}
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.note(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        match result {
            Poll::Pending => self.activity.wrote(false),
            Poll::Ready(_) => self.activity.flushed(),
        }
        result
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
