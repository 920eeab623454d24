//! `time.json`: lives and clocks.

use serde_json::json;

use super::{GET, Token, claims, passes, step, vector};
use crate::{
    format::{Step, Vector},
    material::NOW,
};

fn life(iat: i64, exp: i64) -> Token {
    let mut claims = claims();
    claims["iat"] = json!(iat);
    claims["exp"] = json!(exp);
    Token::hs256(claims)
}

pub(crate) fn vectors() -> Vec<Vector> {
    let mut all = Vec::new();
    let usual = life(NOW, NOW + 30);
    for (name, now, why) in [
        ("last-second", NOW + 30, "it lives to the end of its last second"),
        ("clock-behind", NOW - 5, "the app's clock may be 5 s behind"),
        ("clock-ahead", NOW + 35, "the app's clock may be 5 s ahead"),
    ] {
        all.push(vector(name, why, vec![Step { now, ..passes(&usual, &GET) }]));
    }
    for (name, now, code, why) in [
        ("too-early", NOW - 6, "assertion-not-yet-valid", "6 s are too many"),
        ("much-too-early", 0, "assertion-not-yet-valid", "a clock that was never set"),
        ("too-late", NOW + 36, "assertion-expired", "6 s are too many"),
        ("much-too-late", NOW + 86_400, "assertion-expired", "out of yesterday's log"),
    ] {
        all.push(vector(name, why, vec![Step { now, ..step(vec![usual.text()], &GET, code) }]));
    }
    for (name, token, why) in [
        ("life-of-a-minute", life(NOW, NOW + 60), "the longest"),
        ("life-of-a-second", life(NOW, NOW + 1), "the shortest"),
    ] {
        all.push(vector(name, why, vec![passes(&token, &GET)]));
    }
    for (name, token, why) in [
        ("life-too-long", life(NOW, NOW + 61), "a cache of used ids would have to remember longer"),
        ("life-of-a-day", life(NOW, NOW + 86_400), "no gateway made it"),
        ("life-none", life(NOW, NOW), "it ends as it begins"),
        ("life-negative", life(NOW, NOW - 1), "it ends before it begins"),
        ("exp-negative", life(NOW, -1), "it ends before 1970"),
        ("exp-largest", life(NOW, i64::MAX), "as far as 64 bits go"),
        ("extremes", life(i64::MIN, i64::MAX), "a difference that overflows"),
        ("extremes-swapped", life(i64::MAX, i64::MIN), "a difference that overflows"),
    ] {
        all.push(vector(name, why, vec![step(vec![token.text()], &GET, "assertion-lifetime")]));
    }
    for (name, token, code, why) in [
        ("far-future", life(i64::MAX - 1, i64::MAX), "assertion-not-yet-valid", "adding the skew must not overflow"),
        ("before-1970", life(-30, -1), "assertion-expired", "negative, and long over"),
        ("far-past", life(i64::MIN, i64::MIN + 1), "assertion-expired", "subtracting the skew must not overflow"),
    ] {
        all.push(vector(name, why, vec![step(vec![token.text()], &GET, code)]));
    }
    all
}
