//! Escapes that keep a user's text from becoming part of the page.

/// Returns text with the characters replaced that have a meaning in HTML.
pub(super) fn in_html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace('\'', "&#39;")
}

/// Returns JSON for a script element, which only a `<` could end. In JSON, `<` occurs only within strings, where `\u003c`
/// is the same character.
pub(super) fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_script_and_json_stays_the_same() {
        let text = "</script><!-- ]]> \u{2028}";
        let json = in_script(&serde_json::to_string(text).unwrap());
        assert!(!json.contains('<'), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn nothing_of_a_title_is_markup() {
        assert_eq!(in_html("<b a='\"'>&amp;"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;amp;");
    }
}
