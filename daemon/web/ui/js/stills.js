/*
 * Single pictures drawn on a canvas, never more than one behind. Not an <img>: fed with
 * blob: addresses it keeps hundreds of megabytes of pictures that were shown once.
 */
export class Stills {
  constructor(canvas, onDrawn, onBroken) {
    this.canvas = canvas;
    this.onDrawn = onDrawn;
    this.onBroken = onBroken;
    this.drawing = false;
    this.next = null;
  }

  /* A JPEG message with `made`. */
  show(message) {
    if (this.drawing) {
      this.next = message;
      return;
    }
    this.drawing = true;
    createImageBitmap(new Blob([message.body], { type: 'image/jpeg' })).then((bitmap) => {
      this.draw(bitmap);
      this.onDrawn(message);
    }).catch((error) => {
      this.onBroken(error);
    }).then(() => {
      const next = this.next;
      this.drawing = false;
      this.next = null;
      if (next)
        this.show(next);
    });
  }

  draw(bitmap) {
    const canvas = this.canvas;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    bitmap.close();
  }
}
