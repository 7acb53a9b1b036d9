/// TinyCLIP's trainer keeps each tower, and the logit scale, in a module of its own around open_clip's names.
///
/// Source: https://github.com/wkcn/TinyCLIP, `src/open_clip/model.py`.
enum TinyCLIPKeys {
  private static let owners = [
    "_image_encoder.", "_text_encoder.", "_logit_scale.", "image_encoder_without_ddp.", "text_encoder_without_ddp.",
    "logit_scale_without_ddp.",
  ]
  /// Where learned masks stand.
  static let masks = "l0_module"

  /// The name as open_clip has it.
  static func renamed(_ name: String) -> String {
    guard let owner = owners.first(where: name.hasPrefix) else { return name }
    return String(name.dropFirst(owner.count))
  }
}
