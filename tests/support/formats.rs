//! What `mixlaw export` can write.

/// Every format, and the ending of its files.
pub(crate) const FORMATS: [(&str, &str); 12] = [
    ("megatron", "txt"),
    ("nemo", "json"),
    ("olmo-core", "yaml"),
    ("olmix", "yaml"),
    ("regmix", "yaml"),
    ("mosaicml", "yaml"),
    ("litdata", "py"),
    ("nanotron", "yaml"),
    ("hf", "py"),
    ("json", "json"),
    ("yaml", "yaml"),
    ("csv", "csv"),
];
