import DefaultTheme from 'vitepress/theme-without-fonts'
import './operators.css'

export default DefaultTheme
