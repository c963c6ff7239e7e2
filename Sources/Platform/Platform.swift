import AsyncHTTPClient
import Subprocess
import Basics
