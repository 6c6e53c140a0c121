"""One child process for each hostile file: forked warm, limited, confined, watched, and believed in nothing."""
