"""What the pages for members need in their templates; a host's own templates may load it too."""
