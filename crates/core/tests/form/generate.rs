//! Bodies: most of them forms as browsers write them, many with something odd, some mutated.

use crate::{Case, random::Random};

pub(crate) fn case(random: &mut Random) -> Case {
    let honest = random.one_in(3);
    let mut case = if random.one_in(3) { urlencoded(random, honest) } else { multipart(random, honest) };
    if !honest && random.one_in(2) {
        for _ in 0..1 + random.below(3) {
            mutate(&mut case.body, random);
        }
    }
    case
}

const TOKEN: &str = "csrfmiddlewaretoken";

fn token(random: &mut Random) -> String {
    const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let length = [32, 64, 64, 64, 63, 65, 0, 7][random.below(8)];
    (0..length).map(|_| char::from(ALPHABET[random.below(62)])).collect()
}

/// Text of a field.
fn text(random: &mut Random) -> String {
    let pieces = ["a", "Zoë", "x=y", "1 2", "\r\n", "--", "\u{1f600}", "&", "+", "%41", "\"", ";", "token", "é"];
    (0..random.below(6)).map(|_| random.of(&pieces)).collect()
}

fn escaped(text: &str, random: &mut Random) -> String {
    let all = random.one_in(20);
    let mut out = String::new();
    for b in text.bytes() {
        if !all && (b.is_ascii_alphanumeric() || b"-._*".contains(&b)) {
            out.push(char::from(b));
        } else if b == b' ' {
            out.push('+');
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

fn urlencoded(random: &mut Random, honest: bool) -> Case {
    let odd_types = [
        "application/x-www-form-urlencoded; charset=utf8",
        "application/x-www-form-urlencoded; charset=latin-1",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=none-such",
        "application/x-www-form-urlencoded; charset*=utf-8''utf-8",
        "APPLICATION/x-www-form-URLENCODED",
        " application/x-www-form-urlencoded ;;",
        "application/x-www-form-urlencoded; charset=\"UTF-8\"; charset=utf-8",
        "application/x-www-form-urlencoded=; a=b",
        "application/x-www-form-urlencoded, text/plain",
        "text/plain; a=application/x-www-form-urlencoded",
        "text/plain",
        "application/json",
        "",
    ];
    let types = ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=UTF-8"];
    let content_type = if !honest && random.one_in(8) { random.of(&odd_types) } else { random.of(&types) };
    let mut fields: Vec<Vec<u8>> = Vec::new();
    let many = !honest && random.one_in(40);
    for _ in 0..if many { 995 + random.below(12) } else { random.below(7) } {
        let pair = if honest || random.one_in(2) {
            let name = if random.one_in(3) { TOKEN.into() } else { text(random) };
            let value = if name == TOKEN { token(random) } else { text(random) };
            format!("{}={}", escaped(&name, random), escaped(&value, random)).into_bytes()
        } else {
            odd_pair(random)
        };
        fields.push(pair);
    }
    let mut body = fields.join(&b'&');
    if !honest && random.one_in(2000) {
        body.extend(format!("&a={}", "x".repeat(2_621_440 - 60 + random.below(60))).bytes());
    }
    Case { content_type: content_type.into(), body, honest }
}

fn odd_pair(random: &mut Random) -> Vec<u8> {
    let names = [
        "csrfmiddlewaretoken",
        "csrfmiddlewaretoke%6e",
        "%63srfmiddlewaretoken",
        "csrfmiddlewaretoken+",
        "csrfmiddlewaretoken%00",
        "csrfmiddlewaretoken%",
        "%csrfmiddlewaretoken",
        "csrfmiddlewaretoke",
        "CSRFMIDDLEWARETOKEN",
        "",
    ];
    let values: [&[u8]; 12] = [
        b"=",
        b"",
        b"=a=b",
        b"=%e9",
        b"=\xe9",
        b"=\xc3\xa9%c3%a9",
        b"=%c3\xa9",
        b"=%zz%4",
        b"=%ed%a0%80",
        b"=a;b=c",
        b"=\xf0\x9f\x98%80",
        b"=%f0%9f%98%80+%2b",
    ];
    let mut pair = random.of(&names).as_bytes().to_vec();
    if random.one_in(3) {
        pair.push(b'=');
        pair.extend(token(random).bytes());
    } else {
        for _ in 0..1 + random.below(2) {
            pair.extend(random.of(&values));
        }
    }
    if random.one_in(50) {
        pair.extend(b"%c3%a9".repeat(60 + random.below(10)));
    }
    pair
}

/// One field that has just as many bytes as are allowed, or is beyond.
fn just_as_large(random: &mut Random) -> Case {
    let value = "v".repeat(2_621_440 - 6 + random.below(8));
    let body = format!("--XyZ\r\nContent-Disposition: form-data; name=\"n\u{e9}\"\r\n\r\n{value}\r\n--XyZ--");
    Case { content_type: b"multipart/form-data; boundary=XyZ".to_vec(), body: body.into_bytes(), honest: false }
}

fn multipart(random: &mut Random, honest: bool) -> Case {
    if !honest && random.one_in(1200) {
        return just_as_large(random);
    }
    let boundaries = [
        "----WebKitFormBoundary7MA4YWxkTrZu0gW",
        "---------------------------9051914041544843365972754266",
        "------------------------d74496d66958873e",
        "b0d5f7a0c2b34a7f8a1e5f7a0c2b34a7",
        "==boundary==",
        "a",
        "--",
    ];
    // A browser takes one that is nowhere in the form.
    let boundary = random.of(if honest { &boundaries[..5] } else { &boundaries });
    let quoted = format!("\"{boundary}\"");
    let written = if random.one_in(6) { quoted.as_str() } else { boundary };
    let content_type = if !honest && random.one_in(10) {
        odd_type(boundary, random)
    } else {
        format!("multipart/form-data; boundary={written}")
    };
    let end = if !honest && random.one_in(10) { "\n" } else { "\r\n" };
    let mut body = Vec::new();
    if !honest && random.one_in(12) {
        body.extend(
            random.of(&["preamble\r\n", "\r\n", "a: b\r\n\r\nstray\r\n", "content-disposition: a\r\n\r\n"]).bytes(),
        );
    }
    if !honest && random.one_in(100) {
        body.extend(b"p".repeat(1010 + random.below(24)));
    }
    let many = if honest { 200 } else { random.below(120) };
    let (fields, files) = match many {
        // Just within a limit or beyond.
        0 => (996 + random.below(8), Some(false)),
        1 | 2 => (98 + random.below(5), Some(true)),
        _ => (random.below(6), None),
    };
    for _ in 0..fields {
        body.extend(b"--");
        body.extend(boundary.bytes());
        body.extend(end.bytes());
        part(&mut body, random, honest || files.is_some(), end, files);
        body.extend(end.bytes());
    }
    if honest || !random.one_in(12) {
        body.extend(format!("--{boundary}--{end}").bytes());
    }
    if !honest && random.one_in(12) {
        body.extend(
            random.of(&["\r\n", "epilogue", "\r\n\r\n", "\r\ncontent-disposition: a; name=b\r\n\r\nc"]).bytes(),
        );
    }
    Case { content_type: content_type.into_bytes(), body, honest }
}

fn odd_type(boundary: &str, random: &mut Random) -> String {
    let templates = [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "Multipart/form-data; boundary=B",
        "multipart/Form-Data; BOUNDARY=B; charset=utf-8",
        "multipart/form-data; boundary=B; boundary=C",
        "multipart/form-data; boundary*=utf-8''B",
        "multipart/form-data; boundary=<B>",
        "multipart/form-data; boundary=\"B",
        "multipart/form-data; boundary=\"B \"",
        "multipart/form-data; boundary=B; charset=latin-1",
        "multipart/form-data;boundary=B;;",
        "multipart/mixed; boundary=B",
        "multipart/form-data; boundary=\"B;C\"",
        "multipart/form-data; boundary=B\u{e9}",
        "multipart/form-data; boundary=B, multipart/form-data",
        "multipart/form-data=; boundary=B",
    ];
    random.of(&templates).replace('B', boundary)
}

fn part(body: &mut Vec<u8>, random: &mut Random, honest: bool, end: &str, files: Option<bool>) {
    let is_token = random.one_in(2);
    let name = if is_token { TOKEN.to_owned() } else { text(random).replace(['"', '\r', '\n'], "%22") };
    let file = files.unwrap_or_else(|| random.one_in(4));
    let disposition = if !honest && random.one_in(4) {
        odd_disposition(random)
    } else if file {
        let names = ["x.bin", "", "a;b.txt", "C:\\dir\\f.txt", "résumé.pdf", "写真.jpg", "a&b.txt", "x\\"];
        let names = match files {
            Some(_) => &names[..1],
            None if honest => &names[..7],
            None => &names[..],
        };
        format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"{}\"", random.of(names))
    } else {
        format!("Content-Disposition: form-data; name=\"{name}\"")
    };
    body.extend(disposition.bytes());
    body.extend(end.bytes());
    let mut base64 = false;
    if file {
        body.extend(format!("Content-Type: application/octet-stream{end}").bytes());
    }
    if !honest && random.one_in(5) {
        let more = odd_header(random);
        base64 = more.to_ascii_lowercase().contains("base64");
        body.extend(more.bytes());
        body.extend(end.bytes());
    }
    body.extend(end.bytes());
    let value = if is_token && !file { token(random) } else { text(random) };
    let value = if base64 && !random.one_in(4) { encoded(value.as_bytes()) } else { value };
    body.extend(value.bytes());
    let long = match random.below(400) {
        0..8 => 850 + random.below(250),
        8 if file => 65_536 - 400 + random.below(800),
        9 if file => random.below(150_000),
        10 if !honest && random.one_in(10) => 2_621_440 - 400 + random.below(500),
        _ => 0,
    };
    let filler: &[u8] = if base64 { b"QUJD" } else { random.of(&[&b"x"[..], b"\r\n", b"-", b"a: b\r\n\r\n"]) };
    body.extend(filler.iter().cycle().take(long));
}

fn odd_disposition(random: &mut Random) -> String {
    let mains = [
        "Content-Disposition: form-data",
        "content-disposition:form-data",
        "CONTENT-DISPOSITION: attachment",
        "Content-Disposition : form-data",
        " Content-Disposition: form-data",
        "Content-Disposition: form-data=x",
        "Content-Disposition:",
        "X-Content-Disposition: form-data",
        "Content-Disposition",
    ];
    let parameters = [
        "name=\"csrfmiddlewaretoken\"",
        "name=\"csrfmiddlewaretoken\"",
        "name=\"csrfmiddlewaretoken\"",
        "name=csrfmiddlewaretoken",
        "NAME = \" csrfmiddlewaretoken \"",
        "name='csrfmiddlewaretoken'",
        "name=<csrfmiddlewaretoken>",
        "name*=utf-8''csrfmiddlewaretoken",
        "name*0=csrf; name*1=middlewaretoken",
        "name=\"csrfmiddleware\\token\"",
        "name=\"a\\\"b\"",
        "name=\"a",
        "name",
        "name=a;b",
        "filename=\"\"",
        "filename=x",
        "filename=\"a;name=b\"",
        "filename=\"a\\\"",
        "filename=\"..\"",
        "filename=\"&#47;\"",
        "filename=\"a&sol;\"",
        "filename=\"a/\"",
        "filename*=utf-8''%e2%82%ac.txt",
        "filename*=UTF-8''x",
        "filename*=latin-1'en'x",
        "filename*=none'such'%41",
        "filename*=''",
        "a=b",
        "",
    ];
    let main = if random.one_in(3) { random.of(&mains) } else { mains[0] };
    let list: String = (0..1 + random.below(3)).map(|_| format!("; {}", random.of(&parameters))).collect();
    format!("{main}{list}")
}

fn odd_header(random: &mut Random) -> String {
    let headers = [
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: base64",
        "content-transfer-encoding:BASE64 ",
        "Content-Transfer-Encoding: quoted-printable",
        "Content-Transfer-Encoding: 8bit",
        "Content-Transfer-Encoding: base64; a=b",
        "Content-Transfer-Encoding : base64",
        " continued; filename=x",
        "Content-Disposition: form-data; name=csrfmiddlewaretoken",
        "Content-Type: text/plain; charset=latin-1",
        "Content-Type: text/plain; charset*=a'b'c",
        "Content-Length: x",
        "no colon",
        "\u{e9}: \u{fc}",
    ];
    random.of(&headers).to_owned()
}

fn encoded(text: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in text.chunks(3) {
        let byte = |at: usize| usize::from(group.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            out.push(if digit > group.len() { '=' } else { char::from(DIGITS[bits >> (18 - 6 * digit) & 63]) });
        }
    }
    out
}

fn mutate(body: &mut Vec<u8>, random: &mut Random) {
    let pieces: [&[u8]; 20] = [
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b"--",
        b"=",
        b"&",
        b";",
        b"\"",
        b"\\",
        b"%",
        b"+",
        b"\0",
        b"\xe9",
        b":",
        b" ",
        b"*",
        b"; filename=x",
        b"csrfmiddlewaretoken",
        b"\r\ncontent-disposition: form-data; name=csrfmiddlewaretoken\r\n\r\n",
    ];
    let at = random.below(body.len() + 1);
    let longest = if random.one_in(3) { 120 } else { 4 };
    let until = at + random.below(longest).min(body.len() - at);
    match random.below(4) {
        0 => drop(body.drain(at..until)),
        1 => {
            let copy = body[at..until].to_vec();
            let to = random.below(body.len() + 1);
            body.splice(to..to, copy);
        }
        2 => body.truncate(body.len() - body.len().min(random.below(60))),
        _ => drop(body.splice(at..at, random.of(&pieces).iter().copied())),
    }
}
