/// What a file's name says of its content, before it is opened.
enum PictureName {
  enum Kind { case image, unsupportedImage, other }

  static func kind(of file: String) -> Kind {
    switch file.lowercased().split(separator: ".").last {
    case "jpg", "jpeg", "png", "webp": .image
    case "gif", "bmp", "tif", "tiff", "ppm", "pgm", "avif", "heic", "heif", "jp2", "jxl", "ico", "svg":
      .unsupportedImage
    default: .other
    }
  }
}
