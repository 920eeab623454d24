//! tower-http's `CsrfLayer`, run in this process.

use std::{
    convert::Infallible,
    pin::pin,
    task::{Context, Poll, Waker},
};

use http::{Request, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_layer::Layer;
use tower_service::Service;

use super::{Answer, Asked};

/// The app: answers at once.
#[derive(Clone)]
struct App;

impl Service<Request<()>> for App {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        std::future::ready(Ok(Response::new(String::new())))
    }
}

pub(crate) fn answer(asked: &Asked) -> Answer {
    let mut layer = CsrfLayer::new();
    for origin in &asked.trusted {
        layer = match layer.add_trusted_origin(origin) {
            Ok(layer) => layer,
            Err(error) => return Answer::Unread(error.to_string()),
        };
    }
    let request = match request(asked) {
        Ok(request) => request,
        Err(error) => return Answer::Unread(error.to_string()),
    };
    let future = pin!(layer.layer(App).call(request));
    let Poll::Ready(Ok(response)) = future.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("nothing here waits");
    };
    match response.extensions().get::<ProtectionError>() {
        Some(error) => Answer::Refuse(format!("{error:?}")),
        None => Answer::Permit,
    }
}

/// As hyper hands it on: over HTTP/1.1 the target alone is the URI.
fn request(asked: &Asked) -> Result<Request<()>, http::Error> {
    let uri = match &asked.authority {
        Some(authority) => format!("https://{authority}{}", asked.target),
        None => asked.target.clone(),
    };
    let mut request = Request::builder().method(asked.method.as_str()).uri(uri);
    for (name, value) in &asked.fields {
        request = request.header(name.as_str(), value.as_slice());
    }
    request.body(())
}
