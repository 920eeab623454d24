use super::*;

const BOUNDARY: &str = "multipart/form-data; boundary=XyZ";

fn read(content_type: &str, body: &[u8]) -> Result<Option<String>, FormError> {
    let mut reader = FormReader::new(Some(content_type.as_bytes()))?.expect("a form");
    reader.push(body)?;
    let whole = reader.finish();
    let mut pieces = FormReader::new(Some(content_type.as_bytes()))?.expect("a form");
    let by_byte = body.iter().try_for_each(|b| pieces.push(&[*b])).and_then(|()| pieces.finish());
    assert_eq!(by_byte, whole, "byte by byte");
    whole.map(|token| token.map(String::from))
}

fn urlencoded(body: &str) -> Result<Option<String>, FormError> {
    read("application/x-www-form-urlencoded", body.as_bytes())
}

fn multipart(body: &str) -> Result<Option<String>, FormError> {
    read(BOUNDARY, body.replace('\n', "\r\n").as_bytes())
}

fn some(token: &str) -> Result<Option<String>, FormError> {
    Ok(Some(token.into()))
}

#[test]
fn urlencoded_fields() {
    assert_eq!(urlencoded("a=b&csrfmiddlewaretoken=abc&c=d"), some("abc"));
    assert_eq!(urlencoded("csrfmiddlewaretoken=abc&csrfmiddlewaretoken=def"), some("def"), "the last one counts");
    assert_eq!(urlencoded("csrfmiddlewaretoke%6e=a%62c"), some("abc"), "names are decoded");
    assert_eq!(urlencoded("csrfmiddlewaretoken=a+b%2B%zz%4"), some("a b+%zz%4"));
    assert_eq!(urlencoded("csrfmiddlewaretoken"), some(""));
    assert_eq!(urlencoded("csrfmiddlewaretoken=a;csrfmiddlewaretoken=b"), some("a;csrfmiddlewaretoken=b"));
    assert_eq!(urlencoded("csrfmiddlewaretoken2=a&csrfmiddlewaretoke=b&%63srfmiddlewaretoken%=c"), Ok(None));
    assert_eq!(urlencoded("csrfmiddlewaretoken=%c3%a9é%ff"), some("éé\u{fffd}"));
    assert_eq!(urlencoded(&format!("csrfmiddlewaretoken={}", "x".repeat(5000))), some(&"x".repeat(65)));
    assert_eq!(urlencoded(""), Ok(None));
    let latin = b"csrfmiddlewaretoken=\xe9&a=\xff";
    assert_eq!(read("application/x-www-form-urlencoded", latin), some("é"));
}

#[test]
fn limits_of_a_urlencoded_form() {
    assert_eq!(urlencoded(&"a&".repeat(MAX_FIELDS - 1)), Ok(None));
    assert_eq!(urlencoded(&"a&".repeat(MAX_FIELDS)), Err(FormError::TooManyFields));
    let mut reader = FormReader::new(Some(b"application/x-www-form-urlencoded")).unwrap().unwrap();
    let piece = [b'a'; 1 << 12];
    for _ in 0..MAX_FIELD_BYTES / (1 << 12) {
        reader.push(&piece).unwrap();
    }
    assert_eq!(reader.push(b"a"), Err(FormError::TooLarge));
}

#[test]
fn content_types() {
    let form = |content_type: &str| FormReader::new(Some(content_type.as_bytes())).map(|reader| reader.is_some());
    for good in [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-URLencoded; charset=UTF-8",
        "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
        "multipart/Form-Data;boundary=\"a b=_?\" ; charset=\"utf-8\";",
    ] {
        assert_eq!(form(good), Ok(true), "{good}");
    }
    for other in ["text/plain", "application/json", "", "multipart/mixed; boundary=x", "multipart/form-dat"] {
        assert_eq!(form(other), Ok(false), "{other}");
    }
    assert_eq!(FormReader::new(None).map(|reader| reader.is_some()), Ok(false));
    for (bad, error) in [
        ("multipart/form-data", FormError::Boundary),
        ("multipart/form-data; boundary=", FormError::Boundary),
        ("multipart/form-data; boundary=\"a \"", FormError::Boundary),
        ("Multipart/form-data; boundary=a", FormError::Boundary),
        ("multipart/form-data; boundary=a; boundary=b", FormError::ContentType),
        ("multipart/form-data; boundary*=utf-8''a", FormError::ContentType),
        ("multipart/form-data; boundary=\"a;b\"", FormError::ContentType),
        ("multipart/form-data; boundary=<a>", FormError::ContentType),
        ("multipart/form-data, multipart/form-data; boundary=a", FormError::ContentType),
        ("text/plain; application/x-www-form-urlencoded", FormError::ContentType),
        ("application/x-www-form-urlencoded; charset=utf-16", FormError::Charset),
        ("application/x-www-form-urlencoded; charset=utf8", FormError::Charset),
    ] {
        assert_eq!(form(bad), Err(error), "{bad}");
    }
    let long = format!("multipart/form-data; boundary={}", "a".repeat(202));
    assert_eq!(form(&long), Err(FormError::Boundary));
}

#[test]
fn multipart_fields() {
    let field = "\nContent-Disposition: form-data; name=\"csrfmiddlewaretoken\"\n\n";
    assert_eq!(multipart(&format!("--XyZ{field}abc\n--XyZ--\n")), some("abc"));
    assert_eq!(multipart(&format!("--XyZ{field}abc\n--XyZ{field}def\n--XyZ--\n")), some("def"));
    assert_eq!(multipart(&format!("--XyZ{field}abc")), some("abc"));
    assert_eq!(multipart(&format!("--XyZ{field}abc\n--Xy")), some("abc\r\n--Xy"), "no closing boundary");
    assert_eq!(multipart(&format!("--XyZ{field}abc--XyZ--")), some("abc"), "a boundary counts anywhere");
    assert_eq!(multipart(&format!("--XyZ--{field}abc\n--XyZ--")), some("abc"), "even after the closing one");
    assert_eq!(multipart("--XyZContent-Disposition: form-data; name=csrfmiddlewaretoken\n\nabc\n--XyZ"), some("abc"));
    assert_eq!(multipart(&format!("--XyZ{field}--XyZ--")), Ok(None), "the empty line is the boundary's");
    assert_eq!(read(BOUNDARY, format!("--XyZ{field}abc\n--XyZ--\n").as_bytes()), Ok(None), "bare line feeds");
    assert_eq!(multipart(""), Ok(None));
}

#[test]
fn heads_of_parts() {
    let with = |head: &str, value: &str| multipart(&format!("--XyZ\n{head}\n\n{value}\n--XyZ--\n"));
    let name = "content-disposition:attachment;NAME=csrfmiddlewaretoken";
    assert_eq!(with(name, "abc"), some("abc"));
    assert_eq!(with("Content-Disposition: form-data; name=\" csrfmiddlewaretoken \"", "abc"), some("abc"));
    assert_eq!(with("Content-Disposition: form-data; name=\"csrfmiddlewaretoken\"; filename=\"\"", "a"), some("a"));
    assert_eq!(with("Content-Disposition: form-data; name=\"csrfmiddlewaretoken\"; filename=\"x\"", "a"), Ok(None));
    assert_eq!(with(&format!("{name}; filename*=UTF-8''x"), "a"), Ok(None));
    assert_eq!(with(&format!("{name}\nContent-Disposition: form-data; name=a"), "a"), Ok(None), "the last one");
    assert_eq!(with(&format!("{name}\nContent-Transfer-Encoding: base64"), "YWJj"), some("abc"));
    assert_eq!(with(&format!("{name}\nContent-Transfer-Encoding: BASE64 "), "YWI="), some("ab"));
    assert_eq!(with(&format!("{name}\nContent-Transfer-Encoding: quoted-printable"), "=61"), some("=61"));
    for (head, value) in [
        (&*format!("{name}\nContent-Transfer-Encoding: base64"), "YWJ"),
        (&*format!("{name}\nContent-Transfer-Encoding: base64"), "YW Jj"),
        (&*format!("{name}\nContent-Transfer-Encoding: base64"), "A==="),
        (&*format!("{name}\nContent-Transfer-Encoding: base64"), "YQ==YQ=="),
        (&*format!("{name}; filename=x\nContent-Transfer-Encoding: base64"), "YW="),
    ] {
        assert_eq!(with(head, value), Err(FormError::TransferEncoding), "{head} {value}");
    }
    for head in [
        "Content-Disposition : form-data; name=csrfmiddlewaretoken",
        " Content-Disposition: form-data; name=csrfmiddlewaretoken",
        "Content-Disposition: form-data; name*=utf-8''csrfmiddlewaretoken",
        "Content-Disposition: form-data; name=a; name",
        "Content-Disposition: form-data; name=<csrfmiddlewaretoken>",
        "Content-Disposition: form-data; name=a; filename=\"\"; filename*=utf-8''b",
        "Content-Disposition: form-data;\tname=csrfmiddlewaretoken",
        "Content-Disposition: form-data; name=a\nContent-Transfer-Encoding: base64; a=b",
    ] {
        assert_eq!(with(head, "abc"), Err(FormError::PartHeader), "{head}");
    }
}

#[test]
fn limits_of_a_multipart_form() {
    let part = |head: &str, value: &str| format!("--XyZ\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n");
    let read = |body: String| read(BOUNDARY, (body + "--XyZ--\r\n").as_bytes());
    assert_eq!(read(part("name=a", "").repeat(MAX_FIELDS)), Ok(None));
    assert_eq!(read(part("name=a", "").repeat(MAX_FIELDS + 1)), Err(FormError::TooManyFields));
    assert_eq!(read(part("name=a; filename=b", "").repeat(MAX_FILES)), Ok(None));
    assert_eq!(read(part("name=a; filename=b", "").repeat(MAX_FILES + 1)), Err(FormError::TooManyFiles));
    let large = |more: usize| part("name=é", &"v".repeat(2_621_440 - 3 + more));
    assert_eq!(read(large(0)), Ok(None), "a name has two more bytes, as in &=");
    assert_eq!(read(large(1)), Err(FormError::TooLarge));
    assert_eq!(read("x".repeat(1023)), Ok(None));
    assert_eq!(read("x".repeat(1024)), Err(FormError::PartHead));
    assert_eq!(read(part("foo=a", &"x".repeat(900))), Ok(None));
    assert_eq!(read(part("foo=a", &"x".repeat(1024))), Err(FormError::StrayPart));
    assert_eq!(read(part("name=a; filename=\"../\"", &"x".repeat(1024))), Err(FormError::StrayPart));
    assert_eq!(read(part("name=a; filename=\"a;b.txt\"", &"x".repeat(4096))), Ok(None));
}

#[test]
fn a_settled_token_is_the_only_one() {
    let mut reader = FormReader::new(Some(b"application/x-www-form-urlencoded")).unwrap().unwrap();
    reader.push(b"csrfmiddlewaretoken=abc&x=").unwrap();
    assert_eq!(reader.token(), Some("abc"));
    reader.settle("abc");
    reader.push(b"y&csrfmiddle").unwrap();
    assert!(reader.in_token(), "it may become one");
    reader.push(b"waretoken=abc&").unwrap();
    assert!(!reader.in_token());
    assert_eq!(reader.push(b"csrfmiddlewaretoken=abd&"), Err(FormError::Changed));
}
