"""HTX on the wire: signing, REST over httpx, streams over websockets; wire shapes in, model values out."""
