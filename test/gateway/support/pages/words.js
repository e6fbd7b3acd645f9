document.body.textContent = 'words'
