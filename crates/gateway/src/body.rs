//! Bodies, streamed both ways and never held whole.
//!
//! A request body is counted against `max_body_bytes` and must keep arriving (`body_timeout`);
//! of a form whose token was judged before it had all come, the rest is read along, and a piece that
//! may hold another token is held back until it is whole;
//! its trailers are dropped, because a protected name in a trailer would pass every header filter
//! (CVE-2026-88004). What went wrong is left in [`BodyWatch`], since all that the upstream
//! connection can say is that the body failed.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use countersign_core::{Reason, form::FormReader};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::CaptureConnection;
use tokio::time::{Instant, Sleep, sleep};

use crate::{Limits, activity::ActiveRequest, exchange::Unread, upstream::Reset};

/// What became of a request body.
#[derive(Debug)]
pub(crate) struct BodyWatch {
    flaw: AtomicU8,
    begun: Instant,
    /// Milliseconds after `begun`.
    last_frame: AtomicU64,
}

const TOO_LARGE: u8 = 1;
const TIMEOUT: u8 = 2;
const MALFORMED: u8 = 3;
const FORM: u8 = 4;

impl BodyWatch {
    fn new() -> Arc<Self> {
        Arc::new(Self { flaw: AtomicU8::new(0), begun: Instant::now(), last_frame: AtomicU64::new(0) })
    }

    /// Why it failed, if it did.
    pub(crate) fn flaw(&self) -> Option<Reason> {
        match self.flaw.load(Relaxed) {
            TOO_LARGE => Some(Reason::BodyTooLarge),
            TIMEOUT => Some(Reason::BodyTimeout),
            MALFORMED => Some(Reason::BodyMalformed),
            FORM => Some(Reason::CsrfFormMalformed),
            _ => None,
        }
    }

    /// Since a piece of it came, or since it began: as long as it arrives, the app has nothing to
    /// answer yet.
    pub(crate) fn quiet(&self) -> Duration {
        self.begun.elapsed().saturating_sub(Duration::from_millis(self.last_frame.load(Relaxed)))
    }

    fn frame(&self) {
        self.last_frame.store(u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX), Relaxed);
    }
}

/// A request body failed; the watch has the reason.
#[derive(Debug, thiserror::Error)]
#[error("the request body failed")]
pub(crate) struct BodyFailed;

/// A request body on its way to the app.
#[derive(Debug)]
pub(crate) struct RequestBody {
    inner: Option<Incoming>,
    /// Read already, and not yet passed on.
    held: BytesMut,
    /// What reads along.
    check: Option<Box<FormReader>>,
    /// The connection to the app, which is reset if the body does not end.
    connection: Option<CaptureConnection>,
    left: u64,
    timeout: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    watch: Arc<BodyWatch>,
}

impl RequestBody {
    pub(crate) fn new(inner: Incoming, max: u64, timeout: Duration) -> Self {
        let inner = (!inner.is_end_stream()).then_some(inner);
        Self {
            inner,
            held: BytesMut::new(),
            check: None,
            connection: None,
            left: max,
            timeout,
            timer: None,
            watch: BodyWatch::new(),
        }
    }

    /// A form that was read to its end.
    pub(crate) fn whole(form: BytesMut) -> Self {
        Self {
            inner: None,
            held: form,
            check: None,
            connection: None,
            left: 0,
            timeout: Duration::ZERO,
            timer: None,
            watch: BodyWatch::new(),
        }
    }

    /// A form that was read in part, and the reader that has seen so much of it.
    pub(crate) fn checked(read: BytesMut, rest: Incoming, check: Box<FormReader>, limits: &Limits) -> Self {
        let mut body = Self::partly(read, rest, limits);
        body.check = Some(check);
        body
    }

    /// A body that was read in part, and is not looked at any further.
    pub(crate) fn partly(read: BytesMut, rest: Incoming, limits: &Limits) -> Self {
        let left = limits.max_body_bytes.saturating_sub(read.len() as u64);
        let mut body = Self::new(rest, left, limits.body_timeout);
        body.held = read;
        body
    }

    /// What is left of it for a request that is refused after all.
    pub(crate) fn unread(mut self, waits: bool) -> Unread {
        let read = self.check.is_some();
        self.inner.take().map_or(Unread::None, |body| Unread::Whole(body, waits && !read))
    }

    /// Says which connection it is sent on.
    pub(crate) fn goes_out_on(&mut self, connection: CaptureConnection) {
        self.connection = Some(connection);
    }

    /// Whether it ends in the midst of what may be another token.
    fn holds_back(&self) -> bool {
        self.check.as_ref().is_some_and(|check| check.in_token())
    }

    /// What the app may have.
    fn pass(&mut self, data: Bytes) -> Option<Bytes> {
        let Some(check) = &self.check else { return Some(data) };
        if !check.in_token() && self.held.is_empty() {
            return Some(data);
        }
        self.held.extend_from_slice(&data);
        if self.holds_back() { None } else { Some(self.held.split().freeze()) }
    }

    pub(crate) fn watch(&self) -> Arc<BodyWatch> {
        Arc::clone(&self.watch)
    }

    fn fail(&mut self, flaw: u8) -> Poll<Option<Result<Frame<Bytes>, BodyFailed>>> {
        self.watch.flaw.store(flaw, Relaxed);
        self.inner = None;
        Poll::Ready(Some(Err(BodyFailed)))
    }
}

/// One that is dropped before its end was not sent whole: the client left, or it failed.
impl Drop for RequestBody {
    fn drop(&mut self) {
        let ended = self.held.is_empty() && self.inner.as_ref().is_none_or(Body::is_end_stream);
        let whole = ended && self.watch.flaw().is_none();
        if let Some(connection) = self.connection.take().filter(|_| !whole) {
            Reset::ask(&connection);
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyFailed;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFailed>>> {
        if !self.held.is_empty() && !self.holds_back() {
            return Poll::Ready(Some(Ok(Frame::data(self.held.split().freeze()))));
        }
        loop {
            let Some(inner) = self.inner.as_mut() else { return Poll::Ready(None) };
            let Poll::Ready(frame) = Pin::new(inner).poll_frame(cx) else {
                let timeout = self.timeout;
                let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(timeout)));
                ready!(timer.as_mut().poll(cx));
                return self.fail(TIMEOUT);
            };
            let timeout = self.timeout;
            if let Some(timer) = &mut self.timer {
                timer.as_mut().reset(Instant::now() + timeout);
            }
            self.watch.frame();
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => {
                    let Some(left) = self.left.checked_sub(data.len() as u64) else { return self.fail(TOO_LARGE) };
                    self.left = left;
                    if self.check.as_mut().is_some_and(|check| check.push(&data).is_err()) {
                        return self.fail(FORM);
                    }
                    if let Some(data) = self.pass(data) {
                        return Poll::Ready(Some(Ok(Frame::data(data))));
                    }
                }
                Some(Err(_)) => return self.fail(MALFORMED),
                // Trailers are the end.
                Some(Ok(Err(_))) | None => {
                    self.inner = None;
                    if self.check.take().is_some_and(|check| check.finish().is_err()) {
                        return self.fail(FORM);
                    }
                    let last = self.held.split().freeze();
                    return Poll::Ready((!last.is_empty()).then(|| Ok(Frame::data(last))));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty() && self.inner.as_ref().is_none_or(|inner| self.check.is_none() && inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let mut size = self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint);
        let held = self.held.len() as u64;
        if let Some(upper) = size.upper() {
            size.set_upper(upper.saturating_add(held));
        }
        size.set_lower(size.lower().saturating_add(held));
        size
    }
}

/// The body of an answer: the gateway's own words, or the app's.
#[derive(Debug)]
pub(crate) struct ResponseBody {
    source: Source,
    /// The request is under way until its answer has gone.
    _request: Option<ActiveRequest>,
}

#[derive(Debug)]
enum Source {
    Own(Option<Bytes>),
    App(Incoming),
}

impl ResponseBody {
    pub(crate) fn own(text: impl Into<Bytes>) -> Self {
        Self { source: Source::Own(Some(text.into()).filter(|b: &Bytes| !b.is_empty())), _request: None }
    }

    pub(crate) fn app(body: Incoming) -> Self {
        Self { source: Source::App(body), _request: None }
    }

    pub(crate) fn of(mut self, request: ActiveRequest) -> Self {
        self._request = Some(request);
        self
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.source {
            Source::Own(text) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Source::App(body) => match ready!(Pin::new(body).poll_frame(cx)) {
                Some(Ok(frame)) if frame.is_trailers() => Poll::Ready(None),
                other => Poll::Ready(other),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Own(text) => text.is_none(),
            Source::App(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Own(text) => SizeHint::with_exact(text.as_ref().map_or(0, |t| t.len() as u64)),
            Source::App(body) => body.size_hint(),
        }
    }
}
